/** What is taken from a layer's images together: their bounds, their colours. */
import { signal, type Signal } from "@preact/signals";
import type { Layer, Run } from "../api/types";
import { basisOf, type Basis } from "../render/pca";
import { image } from "./images";
import { runs } from "./runs";
import { series } from "./series";
import { bounds, type Bounds, type Pixels } from "../render/pixels";

const MOST = 64; // images that principal components are taken from

function layerOf(run: string, tag: string): [Run, Layer] | null {
  const of = runs.value.find((r) => r.run === run);
  const layer = of?.layers.find((l) => l.tag === tag);
  return of && layer ? [of, layer] : null;
}

function keysAt(run: string, tag: string, epoch: number): string[] {
  const found = layerOf(run, tag);
  return found ? (series(...found, epoch, true).value?.keys ?? []) : [];
}

/** Smallest and largest brightness of a layer at an epoch, of what is there. */
export function layerBounds(
  run: string,
  tag: string,
  epoch: number,
): Bounds | null {
  const ready: Pixels[] = [];
  for (const key of keysAt(run, tag, epoch)) {
    const found = image(run, tag, epoch, key).value;
    if (found.kind === "ready") ready.push(found.pixels);
  }
  return ready.length ? bounds(ready) : null;
}

const bases = new Map<string, Signal<Basis | null>>();

/**
 * Principal components of a layer's channels, `null` until they are known.
 * They are those of its first logged epoch, so that colours mean the same at
 * all epochs.
 */
export function layerBasis(run: string, tag: string): Basis | null {
  const name = JSON.stringify([run, tag]);
  let found = bases.get(name);
  if (!found) {
    found = signal<Basis | null>(null);
    bases.set(name, found);
  }
  if (found.value) return found.value;
  const first = layerOf(run, tag)?.[1].epochs[0];
  if (first === undefined) return null;
  const keys = keysAt(run, tag, first);
  if (!keys.length) return null;
  const states = keys
    .slice(0, MOST)
    .map((key) => image(run, tag, first, key).value);
  if (states.some(({ kind }) => kind === "loading")) return null;
  const ready = states.flatMap((one) =>
    one.kind === "ready" ? [one.pixels] : [],
  );
  const made = basisOf(ready);
  const keep = found;
  // Not while something is computed from it.
  if (made) queueMicrotask(() => (keep.value = made));
  return made;
}
