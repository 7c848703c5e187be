/**
 * The logged epochs of layers. A log may have thousands of layers, so the
 * epochs are fetched one layer at a time, when something reads them.
 */
import { fetchEpochs } from "../api/client";
import type { Epochs, Listed } from "../api/types";
import { whenQuiet } from "./images";
import { limited } from "./request_limit";
import { answer, revalidate } from "./store";

// A layer's epochs take the server longer than an image: images go first.
const queued = limited(2, whenQuiet);

/** Returns the epochs of a layer, ascending; `null` until they are known. */
export function loggedEpochs(
  run: string,
  { tag, stamp }: Listed,
): Epochs | null {
  const request = () => queued(() => fetchAndRevalidate(run, tag));
  const bytesOf = ({ epochs }: Epochs) => 16 * epochs.length;
  return answer("epochs", [[run, tag]], null, stamp, request, bytesOf).value;
}

/** Fetches the epochs, and refreshes the other entries of the layer. */
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
