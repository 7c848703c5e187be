/** Relations between the filters of a layer: similar responses, classes. */
import { fetchClasses, fetchRelations } from "../api/client";
import type { Classes, Layer, Relations, Run } from "../api/types";
import { loggedEpochs } from "./epochs";
import { queued } from "./matches";
import { answer, type LayerName } from "./store";

const BYTES = 60; // of a filter

function asked<T>(
  kind: string,
  { run }: Run,
  layer: Layer,
  step: number,
  request: () => Promise<T>,
  bytesOf: (answer: T) => number,
): T | null {
  const logged = loggedEpochs(run, layer);
  const written = logged?.wall_times[logged.epochs.indexOf(step)];
  const layers: LayerName[] = [[run, layer.tag]];
  return answer(kind, layers, step, written, request, bytesOf).value;
}

/** Which filters of a layer respond alike; `null` until it is known. */
export function relations(
  run: Run,
  layer: Layer,
  step: number,
): Relations | null {
  const side = { run: run.run, tag: layer.tag, step };
  const request = () => queued(() => fetchRelations(side));
  const bytesOf = ({ keys }: Relations) => BYTES * keys.length;
  return asked("relations", run, layer, step, request, bytesOf);
}

/** The classes of the exemplars of a layer; `null` until they are known. */
export function classes(run: Run, layer: Layer, step: number): Classes | null {
  const side = { run: run.run, tag: layer.tag, step };
  const request = () => fetchClasses(side);
  const bytesOf = ({ keys }: Classes) => BYTES * keys.length;
  return asked("classes", run, layer, step, request, bytesOf);
}

/** Counts equal numbers, the most frequent first. */
export function countsOf(all: number[]): [number: number, count: number][] {
  const counts = new Map<number, number>();
  for (const one of all) counts.set(one, (counts.get(one) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
}
