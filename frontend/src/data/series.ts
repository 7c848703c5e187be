/**
 * Measures of layers over epochs: those of the epoch that is shown first, the
 * others after them in parts, since all may be a hundred thousand numbers.
 */
import { signal, type Signal } from "@preact/signals";
import { fetchSeries } from "../api/client";
import type { Layer, Run, Series } from "../api/types";
import { whenQuiet } from "./images";

interface Entry {
  value: Signal<Series | null>;
  /** Epochs that were asked for. */
  asked: Set<number>;
  cells: number;
}

/** Epochs of a layer that wait to be asked for. */
interface Part {
  run: string;
  tag: string;
  entry: Entry;
  steps: number[];
}

const MOST_CELLS = 3_000_000; // numbers that are kept, 8 bytes each
// Entries of one request, filters times epochs: the server holds each answer
// several times while it makes it, and reads four headers at once.
const PART = 2048;

const known = new Map<string, Entry>();
let waiting: Part[] = [];
let running = false;

function entryOf(run: string, tag: string): Entry {
  const name = JSON.stringify([run, tag]);
  const entry = known.get(name) ?? made();
  known.delete(name); // the least recently used come first
  known.set(name, entry);
  return entry;
}

function made(): Entry {
  const entry: Entry = {
    value: signal<Series | null>(null, {
      // Nobody waits for the rest of a layer that was left.
      unwatched: () => {
        for (const part of waiting) {
          if (part.entry === entry) forgetAsked(part);
        }
        waiting = waiting.filter((part) => part.entry !== entry);
      },
    }),
    asked: new Set<number>(),
    cells: 0,
  };
  return entry;
}

/** The next look at a layer asks for these again. */
function forgetAsked({ entry, steps }: Part): void {
  for (const step of steps) entry.asked.delete(step);
}

/**
 * Measures of a layer, growing as they come; `null` until there are any.
 *
 * @param at The epoch to begin with, the only one if `alone`.
 */
export function series(
  { run }: Run,
  tag: Layer,
  at: number = tag.last,
  alone = false,
): Signal<Series | null> {
  const entry = entryOf(run, tag.tag);
  if (tag.fault) return entry.value; // there is nothing to ask for
  if (!entry.asked.has(at)) {
    entry.asked.add(at);
    void ask({ run, tag: tag.tag, entry, steps: [at] });
  }
  if (!alone && tag.epochs.some((epoch) => !entry.asked.has(epoch))) {
    const rest = tag.epochs.filter((epoch) => !entry.asked.has(epoch));
    for (const epoch of rest) entry.asked.add(epoch);
    askParts(run, tag, entry, rest);
  }
  return entry.value;
}

function askParts(run: string, tag: Layer, entry: Entry, all: number[]): void {
  const length = Math.max(Math.floor(PART / (tag.layer_filters ?? 64)), 1);
  const parts: Part[] = [];
  for (let from = 0; from < all.length; from += length) {
    const steps = all.slice(from, from + length);
    parts.push({ run, tag: tag.tag, entry, steps });
  }
  waiting.push(...parts.reverse());
  if (!running) void askWaiting();
}

/** One part at a time, those of the layer that was asked for last first. */
async function askWaiting(): Promise<void> {
  running = true;
  while (waiting.length) {
    await whenQuiet(); // images go first
    const part = waiting.pop();
    if (part) await ask(part);
  }
  running = false;
}

async function ask(part: Part): Promise<void> {
  const { run, tag, entry, steps } = part;
  try {
    let left = steps;
    while (left.length) {
      const found = await fetchSeries(run, tag, left);
      const value = merge(entry.value.peek(), found);
      entry.value.value = value;
      entry.cells = cellsOf(value);
      left = found.left;
    }
    trim();
  } catch {
    forgetAsked(part);
  }
}

function cellsOf({ keys, epochs, values }: Series): number {
  return keys.length * epochs.length * (Object.keys(values).length + 1);
}

function trim(): void {
  let cells = 0;
  for (const entry of known.values()) cells += entry.cells;
  for (const [name, entry] of known) {
    if (cells <= MOST_CELLS || known.size < 2) return;
    cells -= entry.cells;
    known.delete(name);
  }
}

/** Forgets the measures of a layer that were logged at another time. */
export function keepSeries(
  run: string,
  tag: string,
  wallTimes: Map<number, number>,
): void {
  const entry = known.get(JSON.stringify([run, tag]));
  if (!entry) return;
  const value = entry.value.peek();
  const same = new Set(
    value?.epochs.filter((at, i) => wallTimes.get(at) === value.wall_times[i]),
  );
  // What is still on its way, or could not be read, is asked for once more.
  entry.asked = new Set(same);
  if (!value || same.size === value.epochs.length) return;
  entry.value.value = same.size ? only(value, same) : null;
}

/** The part of a series at some of its epochs. */
function only(of: Series, epochs: Set<number>): Series {
  const places = of.epochs.flatMap((at, i) => (epochs.has(at) ? [i] : []));
  const pick = <T>(row: T[]) => places.map((i) => row[i] as T);
  const rows = Object.entries(of.values);
  return {
    ...of,
    epochs: pick(of.epochs),
    wall_times: pick(of.wall_times),
    layer: pick(of.layer),
    status: of.status.map(pick),
    values: Object.fromEntries(rows.map(([n, v]) => [n, v.map(pick)])),
  };
}

/** What is wrong with each epoch, as it was told last. */
function mergeErrors(old: Series, found: Series): Series["errors"] {
  const read = new Set(found.epochs);
  const errors = [...old.errors, ...found.errors];
  return [...new Map(errors.map((error) => [error.step, error])).values()]
    .filter(({ step }) => !read.has(step))
    .sort((a, b) => a.step - b.step);
}

/** Two series of one layer together; where both have an epoch, the second's. */
export function merge(old: Series | null, found: Series): Series {
  if (!old) return found;
  const errors = mergeErrors(old, found);
  if (!old.epochs.length) return { ...found, errors };
  if (!found.epochs.length) return { ...old, errors };
  const later = new Map(found.epochs.map((at, i) => [at, i]));
  const epochs = [...new Set([...old.epochs, ...found.epochs])];
  epochs.sort((a, b) => a - b);
  const before = new Map(old.epochs.map((at, i) => [at, i]));
  const places = epochs.map((at): [boolean, number] => {
    const i = later.get(at);
    return i === undefined ? [false, before.get(at) ?? 0] : [true, i];
  });
  const join = <T>(a: T[] | undefined, b: T[] | undefined, none: T) =>
    places.map(([second, i]) => (second ? b : a)?.[i] ?? none);
  const filters = new Map<string, number | null>();
  for (const of of [old, found]) {
    of.keys.forEach((key, i) => filters.set(key, of.filters[i] ?? null));
  }
  const keys = [...filters.keys()].sort(
    (a, b) => (filters.get(a) ?? 0) - (filters.get(b) ?? 0) || (a < b ? -1 : 1),
  );
  const rows = keys.map((key) => [
    old.keys.indexOf(key),
    found.keys.indexOf(key),
  ]);
  const table = <T>(a: T[][] | undefined, b: T[][] | undefined) =>
    rows.map(([i, j]) => join<T | null>(a?.[i ?? -1], b?.[j ?? -1], null));
  const names = new Set([
    ...Object.keys(old.values),
    ...Object.keys(found.values),
  ]);
  return {
    epochs,
    wall_times: join(old.wall_times, found.wall_times, 0),
    keys,
    filters: keys.map((key) => filters.get(key) ?? null),
    values: Object.fromEntries(
      [...names].map((name) => [
        name,
        table(old.values[name], found.values[name]),
      ]),
    ),
    status: table(old.status, found.status),
    layer: join(old.layer, found.layer, {}),
    missing: found.missing,
    left: found.left,
    errors,
  };
}
