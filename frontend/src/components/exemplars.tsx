/** Exemplars, drawn over a tile and in the inspector. */
import { useEffect, useRef } from "preact/hooks";
import type { FilterExemplars } from "../api/event_header";
import {
  drawCells,
  drawMean,
  readExemplars,
  sprite,
  type Sprite,
} from "../data/exemplars";
import { image } from "../data/images";
import type { Place } from "../state/schema";

const OVERLAID = 4; // exemplars over a tile

function known({
  run,
  tag,
  epoch,
  key,
}: Place): [Sprite, FilterExemplars] | null {
  const found = image(run, tag, epoch, key).value;
  if (found.kind !== "ready") return null;
  const exemplars = readExemplars(found.entry.exemplars);
  if (!exemplars) return null;
  const from = sprite(run, tag, epoch, found.wallTime);
  return from ? [from, exemplars] : null;
}

/** The four strongest exemplars of a filter, over its tile. */
export function ExemplarOverlay({ here, size }: { here: Place; size: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const found = known(here);
  const cells = found?.[1].cells.slice(0, OVERLAID).join() ?? "";
  useEffect(() => {
    if (found && canvas.current) {
      drawCells(canvas.current, found[0], found[1].cells.slice(0, OVERLAID), 2);
    }
  }, [found?.[0], cells]);
  if (!found) return null;
  return (
    <canvas
      ref={canvas}
      class="exemplar-overlay"
      style={{ width: `${size}px`, height: `${size}px` }}
      aria-hidden="true"
    />
  );
}

/** All exemplars of a filter, their mean, and which inputs they are from. */
export function Exemplars({ here }: { here: Place }) {
  const grid = useRef<HTMLCanvasElement>(null);
  const mean = useRef<HTMLCanvasElement>(null);
  const found = known(here);
  const cells = found?.[1].cells.join() ?? "";
  useEffect(() => {
    if (!found) return;
    if (grid.current) drawCells(grid.current, found[0], found[1].cells, 3);
    if (mean.current) drawMean(mean.current, found[0], found[1].cells);
  }, [found?.[0], cells]);
  if (!found) return null;
  const [, { inputs, values, classes }] = found;
  return (
    <section data-testid="exemplars">
      <h3>Exemplars</h3>
      <div class="exemplars">
        <canvas
          ref={grid}
          role="img"
          aria-label={`The ${inputs.length} patches of real inputs with the largest response`}
        />
        <figure>
          <canvas
            ref={mean}
            role="img"
            aria-label="The mean of the exemplars"
          />
          <figcaption>mean</figcaption>
        </figure>
      </div>
      {classes && <p class="meta">Classes: {tally(classes)}</p>}
      <details>
        <summary>Inputs</summary>
        <ol class="inputs">
          {inputs.map((input, i) => (
            <li key={input}>
              input {input}
              {classes ? `, class ${classes[i]}` : ""}: {values[i]}
            </li>
          ))}
        </ol>
      </details>
    </section>
  );
}

/** "3 (5 times), 8 (4 times)": the most frequent class first. */
export function tally(classes: number[]): string {
  const counts = new Map<number, number>();
  for (const one of classes) counts.set(one, (counts.get(one) ?? 0) + 1);
  return [...counts]
    .sort((a, b) => b[1] - a[1] || a[0] - b[0])
    .map(([one, count]) => (count > 1 ? `${one} (${count} times)` : `${one}`))
    .join(", ");
}
