/**
 * Images, fetched many at a time and decoded. Images on the screen go first;
 * those that left the screen before they arrived are not fetched.
 */
import { batch, type Signal } from "@preact/signals";
import { fetchImages } from "../api/client";
import type { LayerEvent } from "../api/types";
import { stateOf, type ImageState, type Wanted } from "./image_state";
import { nextRequest } from "./request_queue";
import { Entry, obtain, stored, type WallTimes } from "./store";

/** An image in the store. */
class Fetched extends Entry<ImageState> implements Wanted {
  stage: "queued" | "asked" | "done" = "queued";

  constructor(
    readonly run: string,
    readonly tag: string,
    readonly step: number,
    readonly key: string,
    public demand: Wanted["demand"],
  ) {
    super({ kind: "loading" });
    this.enqueue();
  }

  enqueue(): void {
    this.stage = "queued";
    queue.push(this);
    soon();
  }

  finish(state: ImageState): void {
    this.stage = "done";
    this.value.value = state;
    const pixels = state.kind === "ready" ? state.pixels.data.length : 0;
    this.resize(IMAGE_BYTES + pixels);
  }

  override get idle(): boolean {
    return this.stage === "done" && !this.watched;
  }

  protected override onWatched(): void {
    super.onWatched();
    this.demand = "watched";
  }

  protected override onUnwatched(): void {
    super.onUnwatched();
    this.demand = "left";
    if (this.stage !== "done") soon();
  }

  override revalidate(times: WallTimes): void {
    if (this.stage !== "done") return;
    const state = this.value.peek();
    const written = state.kind === "ready" ? state.wallTime : undefined;
    if (times.get(this.step) !== written) this.refresh();
  }

  override retry(): void {
    const { kind } = this.value.peek();
    if (kind === "error" || kind === "missing") this.refresh();
  }

  /** Fetches the image again if it is shown; until then, the old one stays. */
  private refresh(): void {
    if (this.watched) this.enqueue();
    else this.forget();
  }
}

interface Request {
  part: Fetched[];
  abort: AbortController;
}

const IMAGE_BYTES = 1000; // that an image takes beside its pixels
const MOST_REQUESTS = 3; // at a time; a browser has six connections
const PATIENCE = 150; // milliseconds in which other views may ask for images

const requests = new Set<Request>();
let queue: Fetched[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;
let waiting: (() => void)[] = [];
let others = 0; // requests of cells with images

function obtainImage(
  run: string,
  tag: string,
  step: number,
  key: string,
  demand: Wanted["demand"],
): Fetched {
  const make = () => new Fetched(run, tag, step, key, demand);
  return obtain("image", [[run, tag]], [step, key], make);
}

/** Returns the state of an image, and fetches it if needed. */
export function image(
  run: string,
  tag: string,
  step: number,
  key: string,
): Signal<ImageState> {
  const one = obtainImage(run, tag, step, key, "new");
  if (!one.watched) one.demand = "new";
  return one.value;
}

/** Returns the filters of a layer whose images are on the screen. */
export function onScreen(run: string, tag: string, step: number): string[] {
  const shown: string[] = [];
  for (const one of stored()) {
    if (!(one instanceof Fetched) || !one.watched || one.step !== step)
      continue;
    if (one.run === run && one.tag === tag) shown.push(one.key);
  }
  return shown;
}

/** Fetches images that may be shown next, once nothing else is wanted. */
export function fetchAhead(
  run: string,
  tag: string,
  steps: number[],
  keys: string[],
): void {
  for (const one of queue) if (one.demand === "ahead") one.demand = "left";
  for (const step of steps) {
    for (const key of keys) {
      const one = obtainImage(run, tag, step, key, "ahead");
      if (one.demand === "left") one.demand = "ahead";
    }
  }
}

/** Puts the images of an event into the store, which came with other data. */
export async function supply(
  run: string,
  tag: string,
  event: LayerEvent,
): Promise<void> {
  const { step } = event;
  const come = [...event.images.keys()]
    .map((key) => obtainImage(run, tag, step, key, "ahead"))
    .filter(({ stage }) => stage === "queued");
  for (const one of come) one.stage = "asked";
  const taken = new Set(come);
  queue = queue.filter((one) => !taken.has(one));
  const answer = { events: [event], missing: [], left: [], errors: [] };
  const states = await Promise.all(come.map((one) => stateOf(one, answer)));
  batch(() => {
    states.forEach((state, i) => come[i]?.finish(state));
  });
}

/** Counts as images on their way until the returned function is called. */
export function keepBusy(): () => void {
  others++;
  return () => {
    others--;
    tellIfQuiet();
  };
}

/** Waits until no image is queued or on its way. */
export function whenQuiet(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    setTimeout(tellIfQuiet, PATIENCE);
  });
}

function tellIfQuiet(): void {
  if (queue.length || requests.size || others) return;
  const told = waiting;
  waiting = [];
  for (const tell of told) tell();
}

function soon(): void {
  timer ??= setTimeout(flush, 0);
}

/** Sends requests, and aborts those whose images left the screen. */
function flush(): void {
  timer = undefined;
  for (const { part, abort } of requests) {
    if (part.every(({ demand }) => demand === "left")) abort.abort();
  }
  for (const one of queue) if (one.demand === "left") one.forget();
  queue = queue.filter(({ demand }) => demand !== "left");
  while (requests.size < MOST_REQUESTS) {
    const part = nextRequest(queue, requests.size > 0);
    if (!part.length) break;
    const taken = new Set(part);
    queue = queue.filter((one) => !taken.has(one));
    void load(part);
  }
  tellIfQuiet();
}

async function load(part: Fetched[]): Promise<void> {
  const first = part[0];
  if (!first) return;
  const { run, tag } = first;
  const request = { part, abort: new AbortController() };
  requests.add(request);
  for (const one of part) one.stage = "asked";
  const steps = [...new Set(part.map(({ step }) => step))];
  const keys = [...new Set(part.map(({ key }) => key))];
  try {
    const { signal: abort } = request.abort;
    const answer = await fetchImages(run, tag, steps, keys, false, abort);
    const left = new Set(answer.left);
    for (const one of part) if (left.has(one.step)) one.enqueue();
    const come = part.filter(({ step }) => !left.has(step));
    const states = await Promise.all(come.map((one) => stateOf(one, answer)));
    batch(() => {
      states.forEach((state, i) => come[i]?.finish(state));
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    for (const one of part) {
      if (one.stage !== "asked") continue;
      if (!request.abort.signal.aborted) one.finish({ kind: "error", message });
      else if (one.demand === "left") one.forget();
      else one.enqueue();
    }
  }
  requests.delete(request);
  flush();
}
