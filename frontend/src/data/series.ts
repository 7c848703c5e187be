/**
 * Measures of layers over epochs. Those of the shown epoch are fetched first;
 * the others follow in parts, since they may be a hundred thousand numbers.
 */
import type { Signal } from "@preact/signals";
import { fetchSeries } from "../api/client";
import { NO_SERIES } from "../api/embedded";
import type { Layer, Run, Series } from "../api/types";
import { whenQuiet } from "./images";
import { Entry, obtain, type WallTimes } from "./store";

type Fault = Series["errors"][number];

class LayerSeries extends Entry<Series | null> {
  /** The epochs that were asked for. */
  asked = new Set<number>();
  private times: WallTimes = new Map();

  /** The remaining parts of a layer that left the screen are not fetched. */
  protected override onUnwatched(): void {
    super.onUnwatched();
    for (const part of waiting) if (part.entry === this) forgetAsked(part);
    waiting = waiting.filter((part) => part.entry !== this);
  }

  add(found: Series): void {
    // An answer may be older than the times that were listed meanwhile.
    const current = columnsOf(found, (at, written) =>
      [written, undefined].includes(this.times.get(at)),
    );
    const value = merge(this.value.peek(), pick(found, current));
    this.value.value = value;
    const measures = Object.keys(value.values).length + 1;
    this.resize(8 * value.keys.length * value.epochs.length * measures);
  }

  override revalidate(times: WallTimes): void {
    this.times = times;
    this.asked = new Set();
    const value = this.value.peek();
    if (!value) return;
    const kept = columnsOf(value, (at, written) => times.get(at) === written);
    // Epochs that are loading or could not be read are requested again.
    for (const i of kept) this.asked.add(value.epochs[i] ?? 0);
    const gone = value.errors.some(({ step }) => !times.has(step));
    if (kept.length === value.epochs.length && !gone) return;
    this.value.value = kept.length
      ? { ...pick(value, kept), errors: [] }
      : null;
  }
}

/** Returns the columns whose epoch and write time fit. */
function columnsOf(
  { epochs, wall_times }: Series,
  fits: (epoch: number, written: number) => boolean,
): number[] {
  return epochs.flatMap((at, i) => (fits(at, wall_times[i] ?? 0) ? [i] : []));
}

/** Returns some columns of a series. */
function pick(of: Series, columns: number[]): Series {
  if (columns.length === of.epochs.length) return of;
  const from = <T>(row: T[]) => columns.map((i) => row[i] as T);
  const rows = Object.entries(of.values);
  return {
    ...of,
    epochs: from(of.epochs),
    wall_times: from(of.wall_times),
    layer: from(of.layer),
    status: of.status.map(from),
    values: Object.fromEntries(rows.map(([n, v]) => [n, v.map(from)])),
  };
}

/** Epochs of a layer to ask for in one request. */
interface Part {
  run: string;
  tag: string;
  entry: LayerSeries;
  steps: number[];
}

// Filters times epochs of one request: while the server makes an answer, it
// holds it several times, and it reads four headers at once.
const PART = 2048;

let waiting: Part[] = [];
let running = false;

/** The next reader of the layer asks for these again. */
function forgetAsked({ entry, steps }: Part): void {
  for (const step of steps) entry.asked.delete(step);
}

/**
 * Returns the measures of a layer, which grow with each answer.
 *
 * @param at The epoch to begin with; with `alone`, the only one.
 * @param later Whether to fetch that epoch only once the images have come.
 */
export function series(
  { run }: Run,
  tag: Layer,
  at: number = tag.last,
  alone = false,
  later = false,
): Signal<Series | null> {
  const entry = entryOf(run, tag.tag);
  if (tag.fault) return entry.value; // nothing can be fetched
  if (!entry.asked.has(at)) {
    entry.asked.add(at);
    const part = { run, tag: tag.tag, entry, steps: [at] };
    if (later) void whenQuiet().then(() => ask(part));
    else void ask(part);
  }
  if (!alone && tag.epochs.some((epoch) => !entry.asked.has(epoch))) {
    const rest = tag.epochs.filter((epoch) => !entry.asked.has(epoch));
    for (const epoch of rest) entry.asked.add(epoch);
    askParts(run, tag, entry, rest);
  }
  return entry.value;
}

function entryOf(run: string, tag: string): LayerSeries {
  return obtain("series", [[run, tag]], null, () => new LayerSeries(null));
}

/** Returns the faults that are known of a layer, without asking for more. */
export function knownFaults(run: string, tag: string): Series["errors"] {
  return entryOf(run, tag).value.value?.errors ?? [];
}

/** Adds a fault that the overview met. */
export function addFault(run: string, tag: string, fault: Fault): void {
  const errors = [fault];
  entryOf(run, tag).add({ ...NO_SERIES, errors });
}

function askParts(
  run: string,
  tag: Layer,
  entry: LayerSeries,
  all: number[],
): void {
  const length = Math.max(Math.floor(PART / (tag.layer_filters ?? 64)), 1);
  const parts: Part[] = [];
  for (let from = 0; from < all.length; from += length) {
    const steps = all.slice(from, from + length);
    parts.push({ run, tag: tag.tag, entry, steps });
  }
  waiting.push(...parts.reverse());
  if (!running) void askWaiting();
}

/** Fetches one part at a time, first those of the layer read last. */
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
      entry.add(found);
      left = found.left;
    }
  } catch {
    forgetAsked(part);
  }
}

/** Joins the errors of two series; epochs that were read since have none. */
function mergeErrors(old: Series, found: Series): Series["errors"] {
  const read = new Set(found.epochs);
  const errors = [...old.errors, ...found.errors];
  return [...new Map(errors.map((error) => [error.step, error])).values()]
    .filter(({ step }) => !read.has(step))
    .sort((a, b) => a.step - b.step);
}

/** Joins two series of one layer; the second wins where both have an epoch. */
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
