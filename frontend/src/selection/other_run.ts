/** Which run a run is compared with, unless another one is chosen. */
import type { Run } from "../api/types";
import { series } from "../data/series";
import { networks } from "./networks";

/** Returns a layer's fingerprint of its probe; `undefined` until known. */
function probeOf(of: Run, tag: string): string | null | undefined {
  const layer = of.layers.find((one) => one.tag === tag);
  const found = layer && series(of, layer, layer.last, true).value;
  if (!layer || !found?.epochs.includes(layer.last)) return undefined;
  const header = found.layer[found.epochs.indexOf(layer.last)];
  return header?.signature?.probe ?? null;
}

/** Whether responses cannot be compared, as far as is known. */
function differInProbe(one: Run, other: Run): boolean {
  const readable = (of: Run) =>
    of.layers.filter(({ fault }) => !fault).map(({ tag }) => tag);
  const there = new Set(readable(other));
  const tag = readable(one).find((name) => there.has(name));
  if (tag === undefined) return false;
  const [first, second] = [probeOf(one, tag), probeOf(other, tag)];
  return first !== undefined && second !== undefined && first !== second;
}

/** Returns the other runs of a network, those next to a run first. */
function others(of: Run): { above: Run[]; below: Run[] } {
  const all = networks().find(({ runs }) => runs.includes(of))?.runs ?? [of];
  const at = all.indexOf(of);
  return { above: all.slice(0, at).reverse(), below: all.slice(at + 1) };
}

/** Returns the nearest run above of the same network and probe. */
export function runBefore(of: Run): Run | null {
  return others(of).above.find((one) => !differInProbe(of, one)) ?? null;
}

/**
 * Returns the run before, or else the next of the same network and probe, or
 * else any of the same network.
 */
export function otherRun(of: Run): Run | null {
  const { above, below } = others(of);
  const all = [...above, ...below];
  return all.find((one) => !differInProbe(of, one)) ?? all[0] ?? null;
}
