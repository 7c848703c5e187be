/**
 * Which epochs of a layer are logged. A log may have thousands of layers, so
 * that is asked for one layer at a time, when someone wants to know.
 */
import { signal, type Signal } from "@preact/signals";
import { fetchEpochs } from "../api/client";
import type { Epochs, Fault, Listed } from "../api/types";
import { whenQuiet } from "./images";

interface Entry {
  /** What was listed when the epochs were last asked for. */
  stamp: string | null;
  epochs: Signal<number[]>;
  faults: Signal<Fault[]>;
}

const MOST_REQUESTS = 2;

const known = new Map<string, Entry>();
const waiting: (() => Promise<void>)[] = [];
let running = 0;

/** Called with what is logged of a layer whenever that was asked for. */
let told: (run: string, tag: string, found: Epochs) => void = () => undefined;

export function onEpochs(listener: typeof told): void {
  told = listener;
}

/** Logged epochs, ascending; empty until they are known. */
export function loggedEpochs(run: string, { tag, stamp }: Listed): number[] {
  const name = JSON.stringify([run, tag]);
  let entry = known.get(name);
  if (!entry) {
    entry = {
      stamp: null,
      epochs: signal<number[]>([]),
      faults: signal<Fault[]>([]),
    };
    known.set(name, entry);
  }
  if (entry.stamp !== stamp) {
    entry.stamp = stamp;
    ask(run, tag, entry);
  }
  return entry.epochs.value;
}

/** Steps of a layer that cannot be shown, as far as that is known. */
export function knownFaults(run: string, { tag }: Listed): Fault[] {
  return known.get(JSON.stringify([run, tag]))?.faults.value ?? [];
}

/** Forgets layers that are not listed any more. */
export function keepEpochs(listed: Set<string>): void {
  for (const name of known.keys()) if (!listed.has(name)) known.delete(name);
}

function ask(run: string, tag: string, entry: Entry): void {
  waiting.push(async () => {
    try {
      const found = await fetchEpochs(run, tag);
      told(run, tag, found);
      entry.epochs.value = found.epochs;
      entry.faults.value = found.errors;
    } catch {
      entry.stamp = null; // the next look asks again
    }
  });
  void next();
}

async function next(): Promise<void> {
  if (running >= MOST_REQUESTS) return;
  running++;
  await whenQuiet(); // a layer's epochs take the server longer than an image
  const task = waiting.shift();
  if (task) await task();
  running--;
  if (waiting.length) void next();
}
