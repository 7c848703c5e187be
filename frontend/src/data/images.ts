/**
 * Images as they are wanted: fetched in batches, decoded, and forgotten when
 * too many. What is on the screen goes first, and what left the screen before
 * it came is not fetched.
 */
import { batch, signal, type Signal } from "@preact/signals";
import { fetchImages } from "../api/client";
import { stateOf, type ImageState, type Wanted } from "./image_state";
import { nextRequest } from "./request_queue";

interface Kept extends Wanted {
  state: Signal<ImageState>;
  stage: "queued" | "asked" | "done";
  bytes: number;
  wallTime: number | null;
}

interface Request {
  part: Kept[];
  abort: AbortController;
}

const MOST_BYTES = 64 << 20; // of images that are kept
const IMAGE_BYTES = 1000; // that an image takes beside its pixels
const MOST_REQUESTS = 3; // at a time; a browser has six connections
const PATIENCE = 150; // milliseconds that others wait for images to be asked

const kept = new Map<string, Kept>();
const requests = new Set<Request>();
let bytes = 0;
let queue: Kept[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;
let waiting: (() => void)[] = [];

function nameOf(run: string, tag: string, step: number, key: string): string {
  return JSON.stringify([run, tag, step, key]);
}

/** The state of an image; asks for it if it is not there. */
export function image(
  run: string,
  tag: string,
  step: number,
  key: string,
): Signal<ImageState> {
  const name = nameOf(run, tag, step, key);
  const known = kept.get(name);
  if (!known) return add(name, { run, tag, step, key, demand: "new" });
  kept.delete(name); // the least recently used come first
  kept.set(name, known);
  if (known.demand !== "watched") known.demand = "new";
  return known.state;
}

/** Filters whose images of a layer at an epoch are on the screen. */
export function onScreen(run: string, tag: string, step: number): string[] {
  const shown: string[] = [];
  for (const one of kept.values()) {
    if (one.demand !== "watched" || one.step !== step) continue;
    if (one.run === run && one.tag === tag) shown.push(one.key);
  }
  return shown;
}

/** Fetches images before they are asked for, but after all that are. */
export function fetchAhead(
  run: string,
  tag: string,
  steps: number[],
  keys: string[],
): void {
  for (const one of queue) if (one.demand === "ahead") one.demand = "left";
  for (const step of steps) {
    for (const key of keys) {
      const name = nameOf(run, tag, step, key);
      const known = kept.get(name);
      if (!known) add(name, { run, tag, step, key, demand: "ahead" });
      else if (known.demand === "left") known.demand = "ahead";
    }
  }
}

function add(name: string, wanted: Wanted): Signal<ImageState> {
  const loading: ImageState = { kind: "loading" };
  const state = signal<ImageState>(loading, {
    watched: () => (made.demand = "watched"),
    unwatched: () => {
      made.demand = "left";
      if (made.stage !== "done") soon();
    },
  });
  const made: Kept = {
    ...wanted,
    state,
    stage: "queued",
    bytes: 0,
    wallTime: null,
  };
  kept.set(name, made);
  again(made);
  return state;
}

/** Puts an image (back) into the queue. */
function again(one: Kept): void {
  one.stage = "queued";
  queue.push(one);
  soon();
}

function forget(one: Kept): void {
  const name = nameOf(one.run, one.tag, one.step, one.key);
  if (kept.get(name) !== one) return;
  kept.delete(name);
  bytes -= one.bytes;
}

/** Asks again for what failed or was missing. */
export function retryFailed(): void {
  for (const one of kept.values()) {
    const { kind } = one.state.peek();
    if (kind === "error" || kind === "missing") renew(one);
  }
}

/** Asks again for a layer's images that were logged at another time. */
export function keepImages(
  run: string,
  tag: string,
  wallTimes: Map<number, number>,
): void {
  for (const one of kept.values()) {
    if (one.run !== run || one.tag !== tag || one.stage !== "done") continue;
    if ((wallTimes.get(one.step) ?? null) !== one.wallTime) renew(one);
  }
}

function renew(one: Kept): void {
  if (one.demand === "watched") again(one);
  else forget(one);
}

/** Waits until no image is asked for, or at least a moment. */
export function whenQuiet(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    setTimeout(tellIfQuiet, PATIENCE);
  });
}

function tellIfQuiet(): void {
  if (queue.length || requests.size) return;
  const told = waiting;
  waiting = [];
  for (const tell of told) tell();
}

function soon(): void {
  timer ??= setTimeout(flush, 0);
}

/** Sends requests, and ends those that nobody waits for any more. */
function flush(): void {
  timer = undefined;
  for (const { part, abort } of requests) {
    if (part.every(({ demand }) => demand === "left")) abort.abort();
  }
  for (const one of queue) if (one.demand === "left") forget(one);
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

async function load(part: Kept[]): Promise<void> {
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
    for (const one of part) if (left.has(one.step)) again(one);
    const come = part.filter(({ step }) => !left.has(step));
    const states = await Promise.all(come.map((one) => stateOf(one, answer)));
    const times = new Map(answer.events.map((e) => [e.step, e.wall_time]));
    batch(() => {
      states.forEach((state, i) => {
        const one = come[i];
        if (one) finish(one, state, times.get(one.step) ?? null);
      });
    });
    trim();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    for (const one of part) {
      if (one.stage !== "asked") continue;
      if (!request.abort.signal.aborted) {
        finish(one, { kind: "error", message }, null);
      } else if (one.demand === "left") forget(one);
      else again(one);
    }
  }
  requests.delete(request);
  flush();
}

function finish(one: Kept, state: ImageState, wallTime: number | null): void {
  one.stage = "done";
  one.wallTime = wallTime;
  one.state.value = state;
  bytes -= one.bytes;
  one.bytes = IMAGE_BYTES;
  if (state.kind === "ready") one.bytes += state.pixels.data.length;
  bytes += one.bytes;
}

function trim(): void {
  for (const one of kept.values()) {
    if (bytes <= MOST_BYTES) return;
    if (one.stage === "done" && one.demand !== "watched") forget(one);
  }
}
