/** Which filter of another layer matches which filter of this one. */
import type { Signal } from "@preact/signals";
import { fetchAlike, fetchMatch } from "../api/client";
import type { Alike, Match, Side } from "../api/types";
import { limited } from "./request_limit";
import { answer, type LayerName } from "./store";

/** Least correlation of a match. */
export const LEAST_CORRELATION = 0.5;

const BYTES = 100; // of two filters, or of an epoch's similarity

/** A layer at an epoch, and the stamp under which its log is listed. */
export interface Stamped extends Side {
  stamp: string;
}

// TensorBoard compares one pair of layers at a time, and lets few wait.
export const queued = limited(2);

function nameOf({ run, tag }: Side): LayerName {
  return [run, tag];
}

function asked<T>(
  kind: string,
  [a, b]: [Stamped, Stamped],
  steps: number[],
  request: () => Promise<T>,
  bytesOf: (answer: T) => number,
): Signal<T | null> {
  const layers = [nameOf(a), nameOf(b)];
  const version = JSON.stringify([a.stamp, b.stamp]);
  return answer(kind, layers, steps, version, () => queued(request), bytesOf);
}

/** The matches of one layer's filters in another; `null` until known. */
export function matching(a: Stamped, b: Stamped): Signal<Match | null> {
  const request = () => fetchMatch(a, b);
  const bytesOf = ({ pairs, nearest, other_nearest }: Match) =>
    BYTES * (pairs.length + nearest.length + other_nearest.length);
  return asked("match", [a, b], [a.step, b.step], request, bytesOf);
}

/** The filter of the other layer that responds most like one of this layer. */
export function nearestTo(
  { nearest }: Match,
  key: string,
): { key: string; r: number } | null {
  const found = nearest.find((one) => one.key === key);
  return found ? { key: found.other, r: found.r } : null;
}

/** The similarity of two layers over epochs; `null` until known. */
export function similarity(a: Stamped, b: Stamped): Signal<Alike | null> {
  const request = () => fetchAlike(a, b);
  const bytesOf = ({ epochs }: Alike) => BYTES * epochs.length;
  return asked("similarity", [a, b], [], request, bytesOf);
}
