/** Smallest and largest brightness of a layer's images at an epoch. */
import { image } from "./images";
import { runs, series } from "./logs";
import { bounds, type Bounds, type Pixels } from "./pixels";

/** Over the images that are there; `null` while none is. */
export function layerBounds(
  run: string,
  tag: string,
  epoch: number,
): Bounds | null {
  const of = runs.value.find((r) => r.run === run);
  const layer = of?.layers.find((l) => l.tag === tag);
  const keys = of && layer ? (series(of, layer).value?.keys ?? []) : [];
  const ready: Pixels[] = [];
  for (const key of keys) {
    const found = image(run, tag, epoch, key).value;
    if (found.kind === "ready") ready.push(found.pixels);
  }
  return ready.length ? bounds(ready) : null;
}
