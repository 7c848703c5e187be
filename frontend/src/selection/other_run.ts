/** Which runs a run is compared with, unless others are chosen. */
import type { Run } from "../api/types";
import { runs } from "../data/runs";
import { commonTags, related } from "./networks";
import { probeOf } from "./probes";

/** The probes of two runs, by their first common layer. */
function probesOf(one: Run, other: Run) {
  const [tag] = commonTags(one, other);
  if (tag === undefined) return [];
  return [probeOf(one, tag), probeOf(other, tag)];
}

/** Whether responses cannot be compared, as far as is known. */
function differInProbe(one: Run, other: Run): boolean {
  const [first, second] = probesOf(one, other);
  return first !== undefined && second !== undefined && first !== second;
}

/** Whether two runs are known to have been measured on different data. */
function haveTwoProbes(one: Run, other: Run): boolean {
  const [first, second] = probesOf(one, other);
  return Boolean(first && second) && first !== second;
}

interface Comparable {
  /** In the order of the listing. */
  shown: Run[];
  /** Those of other networks or probes. */
  leftOut: Run[];
}

/** Divides the runs that have a layer into those to search for its filters. */
export function comparableRuns(of: Run, tag: string): Comparable {
  const same = new Set(related(of));
  const found: Comparable = { shown: [], leftOut: [] };
  for (const one of runs.value) {
    if (!one.layers.some((layer) => layer.tag === tag && !layer.fault))
      continue;
    const fits = same.has(one) && !haveTwoProbes(of, one);
    found[fits ? "shown" : "leftOut"].push(one);
  }
  return found;
}

/** Returns the other runs of a network: those above, the next first, then those below. */
function others(of: Run): Run[] {
  const all = related(of);
  const at = all.indexOf(of);
  return [...all.slice(0, at).reverse(), ...all.slice(at + 1)];
}

/** Returns the run before, or else the next, of the same network and probe. */
export function comparableRun(of: Run): Run | null {
  return others(of).find((one) => !differInProbe(of, one)) ?? null;
}

/** Returns the comparable run, or else any of the same network. */
export function otherRun(of: Run): Run | null {
  return comparableRun(of) ?? others(of)[0] ?? null;
}
