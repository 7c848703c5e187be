/** Runs of one network, whose layers can stand below each other. */
import { isLogged, runs } from "../data/runs";
import { series } from "../data/series";
import { health, type Health } from "../data/summary";
import type { Layer, Run, Series } from "../api/types";
import { state } from "../state/state";

/** Runs that have the same layers. */
export interface Network {
  tags: string[];
  runs: Run[];
}

/** Groups runs by their layers, in the order of the listing. */
export function networks(): Network[] {
  const found = new Map<string, Network>();
  for (const run of runs.value) {
    const tags = run.layers.map(({ tag }) => tag);
    const name = JSON.stringify(tags);
    const network = found.get(name);
    if (network) network.runs.push(run);
    else found.set(name, { tags, runs: [run] });
  }
  return [...found.values()];
}

/** Returns the newest logged epoch up to another one. */
export function upTo(layer: Layer, at: number | null): number {
  if (at === null || at >= layer.last) return layer.last;
  const { epochs } = layer;
  return epochs.filter((one) => one <= at).at(-1) ?? epochs[0] ?? layer.last;
}

/** A layer of a run, as far as its measures are known. */
export interface Seen {
  layer: Layer;
  at: number;
  series: Series;
  health: Health;
}

/** Reads a layer at the epoch of the slider; `null` until it is known. */
export function seen(run: Run, layer: Layer): Seen | null {
  if (layer.fault) return null;
  const at = upTo(layer, state.value.epoch);
  if (isLogged(layer, at) === false) return null;
  let found = series(run, layer, at, true).value;
  if (!found?.epochs.includes(at)) return null;
  const now = health(found, at);
  if (isLost(now) && layer.epochs.length > 1) {
    found = series(run, layer, at).value ?? found; // since when?
  }
  return { layer, at, series: found, health: now };
}

/** Whether most filters of a layer are dead. */
export function isLost({ dead, logged }: Health): boolean {
  return logged > 0 && dead >= logged / 2;
}

/** Returns the epoch since which most filters of a layer are dead. */
export function lostSince({ series: found, at }: Seen): number | null {
  let since: number | null = null;
  for (const epoch of found.epochs) {
    if (epoch > at) break;
    if (!isLost(health(found, epoch))) since = null;
    else since ??= epoch;
  }
  return since;
}

/**
 * Returns the filters to show: those that the data excites most, or without
 * a probe, their images, and dead ones last. (A score far above the maximum of
 * the data would select the least natural images.)
 */
export function mostActivated(found: Series, at: number): string[] {
  const column = found.epochs.indexOf(at);
  const measure = found.values["data_max"] ?? found.values["score"];
  const value = (row: number) => {
    const most = measure?.[row]?.[column];
    if (most === null || most === undefined) return -Infinity;
    return most + (found.status[row]?.[column] === "ok" ? 1e6 : 0);
  };
  return found.keys
    .map((key, row): [string, number] => [key, value(row)])
    .sort((a, b) => b[1] - a[1])
    .map(([key]) => key);
}
