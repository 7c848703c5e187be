/**
 * Images as they are wanted: fetched in batches, decoded, and forgotten
 * when too many.
 */
import { signal, type Signal } from "@preact/signals";
import { fetchImages, type FilterEntry, type Header } from "./api";
import { decode, type Pixels } from "./pixels";

export type ImageState =
  | { kind: "loading" }
  | { kind: "ready"; pixels: Pixels; entry: FilterEntry; header: Header }
  | { kind: "missing" }
  | { kind: "error"; message: string };

interface Wanted {
  run: string;
  tag: string;
  step: number;
  key: string;
  state: Signal<ImageState>;
}

const MOST_BYTES = 96 << 20; // decoded pixels that are kept
const MOST_IMAGES = 2048; // images of one request

const kept = new Map<string, { state: Signal<ImageState>; bytes: number }>();
let bytes = 0;
let queue: Wanted[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;

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
  if (known) {
    kept.delete(name); // the least recently used come first
    kept.set(name, known);
    return known.state;
  }
  const state = signal<ImageState>({ kind: "loading" });
  kept.set(name, { state, bytes: 0 });
  queue.push({ run, tag, step, key, state });
  timer ??= setTimeout(flush, 0);
  return state;
}

/** Forgets what failed or was missing, so that it is asked for again. */
export function retryFailed(): void {
  for (const [name, { state }] of kept) {
    const { kind } = state.value;
    if (kind === "error" || kind === "missing") kept.delete(name);
  }
}

function flush(): void {
  timer = undefined;
  const batches = new Map<string, Wanted[]>();
  for (const wanted of queue) {
    const name = JSON.stringify([wanted.run, wanted.tag]);
    const batch = batches.get(name) ?? [];
    batch.push(wanted);
    batches.set(name, batch);
  }
  queue = [];
  for (const batch of batches.values()) {
    for (const part of split(batch)) void load(part);
  }
}

/** Requests of bounded size; each asks for the same filters at all its steps. */
function split(batch: Wanted[]): Wanted[][] {
  const bySteps = new Map<number, Wanted[]>();
  for (const wanted of batch) {
    bySteps.set(wanted.step, [...(bySteps.get(wanted.step) ?? []), wanted]);
  }
  const byKeys = new Map<string, Wanted[][]>();
  for (const some of bySteps.values()) {
    const name = JSON.stringify(some.map(({ key }) => key));
    byKeys.set(name, [...(byKeys.get(name) ?? []), some]);
  }
  const parts: Wanted[][] = [];
  for (const steps of byKeys.values()) {
    let part: Wanted[] = [];
    for (const some of steps) {
      if (part.length + some.length > MOST_IMAGES && part.length) {
        parts.push(part);
        part = [];
      }
      part.push(...some);
    }
    parts.push(part);
  }
  return parts;
}

async function load(part: Wanted[]): Promise<void> {
  const first = part[0];
  if (!first) return;
  const steps = [...new Set(part.map(({ step }) => step))];
  const keys = [...new Set(part.map(({ key }) => key))];
  try {
    const answer = await fetchImages(first.run, first.tag, steps, keys);
    const events = new Map(answer.events.map((event) => [event.step, event]));
    const broken = new Map(answer.errors.map((e) => [e.step, e.error]));
    await Promise.all(
      part.map(async (wanted) => {
        const event = events.get(wanted.step);
        const entry = event?.header.filters.find((f) => f.key === wanted.key);
        const blob = event?.images.get(wanted.key);
        const message = broken.get(wanted.step);
        if (message) wanted.state.value = { kind: "error", message };
        else if (!event || !entry || blob === undefined)
          wanted.state.value = { kind: "missing" };
        else await show(wanted, blob, entry, event.header);
      }),
    );
    trim();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    for (const { state } of part) state.value = { kind: "error", message };
  }
}

async function show(
  wanted: Wanted,
  blob: Blob | string,
  entry: FilterEntry,
  header: Header,
): Promise<void> {
  if (typeof blob === "string") {
    wanted.state.value = { kind: "error", message: blob };
    return;
  }
  try {
    const pixels = await decode(blob, header.channels);
    const { run, tag, step, key } = wanted;
    const known = kept.get(nameOf(run, tag, step, key));
    if (known) {
      known.bytes = pixels.data.length;
      bytes += known.bytes;
    }
    wanted.state.value = { kind: "ready", pixels, entry, header };
  } catch {
    const message = "What is stored is not an image.";
    wanted.state.value = { kind: "error", message };
  }
}

function trim(): void {
  for (const [name, entry] of kept) {
    if (bytes <= MOST_BYTES) return;
    if (!entry.bytes) continue;
    kept.delete(name);
    bytes -= entry.bytes;
  }
}
