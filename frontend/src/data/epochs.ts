/**
 * The logged epochs of layers. A log may have thousands of layers, so the
 * epochs are fetched one layer at a time, when something reads them.
 */
import { fetchEpochs } from "../api/client";
import type { Epochs, Listed } from "../api/types";
import { whenQuiet } from "./images";
import { Answer, obtain, revalidate } from "./store";

const MOST_REQUESTS = 2;

const waiting: (() => Promise<void>)[] = [];
let running = 0;

/** Returns the epochs of a layer, ascending; `null` until they are known. */
export function loggedEpochs(
  run: string,
  { tag, stamp }: Listed,
): Epochs | null {
  const make = () => new Answer<Epochs>();
  const entry = obtain("epochs", [[run, tag]], null, make);
  const bytesOf = ({ epochs }: Epochs) => 16 * epochs.length;
  entry.ask(stamp, () => queued(() => fetchAndRevalidate(run, tag)), bytesOf);
  return entry.value.value;
}

/** Fetches the epochs, and refreshes what else is stored of the layer. */
async function fetchAndRevalidate(run: string, tag: string): Promise<Epochs> {
  const found = await fetchEpochs(run, tag);
  const { epochs, wall_times } = found;
  const times = epochs.map((at, i): [number, number] => [
    at,
    wall_times[i] ?? 0,
  ]);
  revalidate([run, tag], new Map(times));
  return found;
}

function queued<T>(request: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    waiting.push(() => request().then(resolve, reject));
    void next();
  });
}

async function next(): Promise<void> {
  if (running >= MOST_REQUESTS) return;
  running++;
  await whenQuiet(); // a layer's epochs take the server longer than an image
  await waiting.shift()?.();
  running--;
  if (waiting.length) void next();
}
