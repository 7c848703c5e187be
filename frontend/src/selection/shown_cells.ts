/** The layers of the overview, at the epoch of the slider. */
import type { Cell, Counts, Layer, Run } from "../api/types";
import { cell } from "../data/cells";
import { isWhole } from "../data/measures";
import { isLogged } from "../data/runs";
import { series } from "../data/series";
import { health } from "../data/summary";
import { state } from "../state/state";

/** Returns the newest logged epoch up to another one. */
export function upTo(layer: Layer, at: number | null): number {
  if (at === null || at >= layer.last) return layer.last;
  const { epochs } = layer;
  return epochs.filter((one) => one <= at).at(-1) ?? epochs[0] ?? layer.last;
}

/** A layer of a run at a step, with its filters counted. */
export interface ReadableCell {
  run: Run;
  layer: Layer;
  at: number;
  counts: Counts;
  best: NonNullable<Cell["best"]>;
}

/**
 * Reads a layer at the epoch of the slider; `null` until it is known.
 *
 * @param images Images to fetch with it.
 */
export function shownCell(run: Run, layer: Layer, images = 0): Cell | null {
  if (layer.fault) return null;
  const at = upTo(layer, state.value.epoch);
  if (isLogged(layer, at) === false) return null;
  return cell({ run: run.run, tag: layer.tag, step: at }, images).value;
}

/** As `shownCell`, without layers that cannot be read. */
export function readableCell(
  run: Run,
  layer: Layer,
  images = 0,
): ReadableCell | null {
  const found = shownCell(run, layer, images);
  if (!found?.counts || !found.best) return null;
  const { step: at, counts, best } = found;
  return { run, layer, at, counts, best };
}

/**
 * Returns how many filters are shown: "60", or "the 60 shown" where layers have
 * more than are logged; with a noun, "the 60 filters shown".
 */
export function ofFilters(cells: ReadableCell[], noun = ""): string {
  const logged = cells.reduce((sum, { counts }) => sum + counts.logged, 0);
  const some = cells.some(
    ({ layer, counts }) => (layer.layer_filters ?? 0) > counts.logged,
  );
  const number = [logged, noun].filter(Boolean).join(" ");
  return some ? `the ${number} logged` : number;
}

/** Whether most filters of a layer are dead. */
export function isLost({ dead, logged }: Counts): boolean {
  return logged > 0 && dead >= logged / 2;
}

/**
 * Returns the epoch since which most filters of a layer are dead; `null` until
 * all epochs are read.
 */
export function lostSince({ run, layer, at }: ReadableCell): number | null {
  if (layer.epochs.length < 2) return null;
  const found = series(run, layer, at).value;
  if (!found || !isWhole(found, layer.epochs)) return null;
  let since: number | null = null;
  for (const epoch of found.epochs) {
    if (epoch > at) break;
    if (!isLost(health(found, epoch))) since = null;
    else since ??= epoch;
  }
  return since;
}
