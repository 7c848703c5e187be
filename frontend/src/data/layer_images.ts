/** Values derived from all images of a layer: their bounds, their palette. */
import { computed, type ReadonlySignal } from "@preact/signals";
import { basisOf, type Basis } from "../render/pca";
import { bounds, type Bounds, type Pixels } from "../render/pixels";
import { loggedEpochs } from "./epochs";
import { image } from "./images";
import { layerOf, runOf } from "./runs";
import { series } from "./series";
import { Answer, obtain } from "./store";

const MOST = 64; // images that principal components are taken from

function keysAt(run: string, tag: string, epoch: number): string[] {
  const [of, layer] = [runOf(run), layerOf(run, tag)];
  if (!of || !layer) return [];
  return series(of, layer, epoch, true).value?.keys ?? [];
}

const boundsOf = new WeakMap<Pixels, Bounds>();

function own(pixels: Pixels): Bounds {
  const known = boundsOf.get(pixels) ?? bounds([pixels]);
  boundsOf.set(pixels, known);
  return known;
}

function boundsAt(run: string, tag: string, epoch: number): Bounds | null {
  const all: Bounds[] = [];
  for (const key of keysAt(run, tag, epoch)) {
    const found = image(run, tag, epoch, key).value;
    if (found.kind === "ready") all.push(own(found.pixels));
  }
  if (!all.length) return null;
  return {
    low: Math.min(...all.map(({ low }) => low)),
    high: Math.max(...all.map(({ high }) => high)),
  };
}

/** The bounds that something watches: others may be out of date. */
const sharedBounds = new Map<string, ReadonlySignal<Bounds | null>>();

/**
 * Returns the smallest and largest brightness of a layer's fetched images.
 * Hundreds of tiles ask for them: they are found once.
 */
export function layerBounds(
  run: string,
  tag: string,
  epoch: number,
): Bounds | null {
  const name = JSON.stringify([run, tag, epoch]);
  const known = sharedBounds.get(name);
  if (known) return known.value;
  const made = computed(() => boundsAt(run, tag, epoch), {
    watched: () => sharedBounds.set(name, made),
    unwatched: () => sharedBounds.delete(name),
  });
  return made.value;
}

/**
 * Returns the principal components of a layer's channels; `null` until they are
 * known. They come from its first logged epoch, so that colours mean the same
 * at all epochs, and are computed again only if that epoch was rewritten. Its
 * images need not stay in memory.
 */
export function layerBasis(run: string, tag: string): Basis | null {
  const make = () => new Answer<Basis>();
  const entry = obtain("palette", [[run, tag]], null, make);
  const known = entry.value.value;
  const layer = layerOf(run, tag);
  const logged = layer ? loggedEpochs(run, layer) : null;
  const [first, written] = [logged?.epochs[0], logged?.wall_times[0]];
  if (first === undefined || written === undefined) return known;
  if (entry.has(written)) return known;
  const states = keysAt(run, tag, first)
    .slice(0, MOST)
    .map((key) => image(run, tag, first, key).value);
  const ready: Pixels[] = [];
  for (const state of states) {
    if (state.kind === "loading") return known;
    if (state.kind !== "ready") continue;
    if (state.wallTime !== written) return known; // it is being refreshed
    ready.push(state.pixels);
  }
  const made = basisOf(ready);
  // Not while something is computed from it.
  if (made) queueMicrotask(() => entry.set(written, made));
  return made;
}
