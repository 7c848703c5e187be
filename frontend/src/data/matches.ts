/** Which filter of another run is which of this one. */
import { signal, type Signal } from "@preact/signals";
import { fetchAlike, fetchMatch } from "../api/client";
import type { Alike, Match } from "../api/types";

/** Least correlation of counterparts. */
export const ALIKE = 0.5;

const MOST = 64;
const known = new Map<string, Signal<unknown>>();

function once<T>(name: string, ask: () => Promise<T>): Signal<T | null> {
  const found = known.get(name);
  if (found) return found as Signal<T | null>;
  const made = signal<T | null>(null);
  known.set(name, made);
  for (const oldest of known.keys()) {
    if (known.size <= MOST) break;
    known.delete(oldest);
  }
  ask().then(
    (answer) => (made.value = answer),
    () => known.delete(name),
  );
  return made;
}

export interface Side {
  run: string;
  tag: string;
  step: number;
}

/** Counterparts of one layer's filters in another; `null` until known. */
export function matching(a: Side, b: Side): Signal<Match | null> {
  return once(JSON.stringify(["match", a, b]), () => fetchMatch(a, b));
}

/** Similarity of two layers over epochs; `null` until known. */
export function likeness(
  a: Side,
  b: Side,
  stamp: string,
): Signal<Alike | null> {
  const name = JSON.stringify(["alike", a.run, a.tag, b.run, b.tag, stamp]);
  return once(name, () => fetchAlike(a, b));
}
