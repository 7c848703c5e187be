/** Runs of one network, whose layers can stand below each other. */
import { computed } from "@preact/signals";
import { runs } from "../data/runs";
import type { Layer, Run } from "../api/types";
import { headerOf, probeOf } from "./probes";

/** Runs that train one network. */
export interface Network {
  /** The layers that any of the runs logs, in the network's order. */
  tags: string[];
  runs: Run[];
}

/** Returns the names of the readable layers that two runs have in common. */
export function commonTags(one: Run, other: Run): string[] {
  const readable = (of: Run) =>
    of.layers.filter(({ fault }) => !fault).map(({ tag }) => tag);
  const there = new Set(readable(other));
  return readable(one).filter((tag) => there.has(tag));
}

function haveSameTags({ layers: some }: Run, { layers: others }: Run): boolean {
  return (
    some.length === others.length &&
    some.every(({ tag }, i) => tag === others[i]?.tag)
  );
}

/** Runs whose layers are listed alike. */
type Alike = [Run, ...Run[]];

/** Groups runs; `keyOf` tells those of one group. */
function grouped(all: Run[], keyOf: (of: Run) => string): Alike[] {
  const found = new Map<string, Alike>();
  for (const run of all) {
    const key = keyOf(run);
    const group = found.get(key);
    if (group) group.push(run);
    else found.set(key, [run]);
  }
  return [...found.values()];
}

function listedAs(run: Run): string {
  return JSON.stringify(
    run.layers.map((layer) => [layer.tag, ...placeOf(layer)]),
  );
}

function placeOf({ layer_index, layer_filters, layer_type }: Layer) {
  return [layer_index, layer_filters, layer_type];
}

/**
 * Separates runs of a single layer by their probes, as far as these are known:
 * many networks have a layer of that name and size.
 */
function byProbe(alike: Alike): Alike[] {
  const [{ layers }] = alike;
  const [layer] = layers;
  if (layers.length !== 1 || alike.length < 2 || !layer) return [alike];
  const probes = new Map(
    alike.map((run) => [run, probeOf(run, layer.tag, true)]),
  );
  const first = [...probes.values()].find((probe) => probe !== undefined);
  return grouped(alike, (run) => {
    const probe = probes.get(run);
    return (probe === undefined ? first : probe) ?? "";
  });
}

/**
 * Whether two lists can be of one network: the layers in both are the same
 * there, and no place in the network holds two different layers.
 */
function fit(one: Run, other: Run): boolean {
  const there = new Map(other.layers.map((layer) => [layer.tag, layer]));
  const taken = new Set(other.layers.map((layer) => layer.layer_index));
  let shared = 0;
  let placed = true;
  for (const layer of one.layers) {
    const same = there.get(layer.tag);
    if (same) {
      if (String(placeOf(same)) !== String(placeOf(layer))) return false;
      shared++;
    } else if (layer.layer_index === null) placed = false;
    else if (taken.has(layer.layer_index)) return false;
  }
  // Without places, all of one list have to be in the other.
  return (
    shared === Math.min(one.layers.length, other.layers.length) ||
    (shared > 0 && placed && !taken.has(null))
  );
}

/** Whether runs that are listed differently train one network. */
function areOne(some: Alike, others: Alike): boolean {
  const [one, other] = [some[0], others[0]];
  const alike = haveSameTags(one, other);
  if (alike && one.layers.length > 1) return true;
  if (!alike && !fit(one, other)) return false;
  const [tag] = commonTags(one, other);
  if (tag === undefined) return false;
  // A name, a size and a place may agree by chance, data does not.
  const seen = (of: Run) => {
    const header = headerOf(of, tag, true);
    const probe = header?.signature?.probe;
    const field = alike ? null : header?.receptive_field;
    return probe ? JSON.stringify([probe, field]) : null;
  };
  const there = new Set(others.map(seen));
  return some.map(seen).some((it) => it !== null && there.has(it));
}

/** Returns the layers of all runs, in the order of the network. */
function tagsOf(all: Run[]): string[] {
  const longest = all.reduce((a, b) =>
    b.layers.length > a.layers.length ? b : a,
  );
  const found = new Map<string, Layer>();
  for (const { layers } of [longest, ...all]) {
    for (const layer of layers) {
      if (!found.has(layer.tag)) found.set(layer.tag, layer);
    }
  }
  const layers = [...found.values()];
  if (layers.every(({ layer_index }) => layer_index !== null)) {
    layers.sort((a, b) => (a.layer_index ?? 0) - (b.layer_index ?? 0));
  }
  return layers.map(({ tag }) => tag);
}

/**
 * Groups runs by network, in the order of the listing.
 *
 * Runs with the same layers are of one network, whatever they were trained
 * on. Runs that log some of the same layers are if these agree, and the probe.
 */
export const networks = computed<Network[]>(() => {
  let found: Alike[][] = [];
  for (const alike of grouped(runs.value, listedAs).flatMap(byProbe)) {
    const joined = (of: Alike[]) => of.some((one) => areOne(one, alike));
    const own = found.filter(joined);
    found = [
      ...found.filter((one) => !own.includes(one)),
      [...own.flat(), alike],
    ];
  }
  const place = new Map(runs.value.map((run, i) => [run, i]));
  const placed = (of: Run | undefined) => (of && place.get(of)) ?? 0;
  return found
    .map((network) => {
      const all = network.flat().sort((a, b) => placed(a) - placed(b));
      return { tags: tagsOf(all), runs: all };
    })
    .sort((a, b) => placed(a.runs[0]) - placed(b.runs[0]));
});

/** Returns the runs of a run's network that have a layer in common with it. */
export function related(of: Run): Run[] {
  const all = networks.value.find((one) => one.runs.includes(of))?.runs ?? [];
  return all.filter((one) => one === of || commonTags(of, one).length > 0);
}
