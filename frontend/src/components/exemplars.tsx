/** Exemplars, drawn over a tile and in the inspector. */
import { useEffect, useRef } from "preact/hooks";
import type { FilterExemplars } from "../api/event_header";
import { readExemplars, sprite, type Sprite } from "../data/exemplars";
import { image } from "../data/images";
import { countsOf } from "../data/relations";
import type { Place } from "../state/schema";
import { className } from "../selection/shown_relations";
import { update } from "../state/state";
import { dark } from "../render/theme";
import { drawCells, drawMean } from "./patches";

const OVERLAID = 4; // exemplars over a tile
const MEAN = 64;
const LEAST = 44; // pixels of an exemplar in a row

/** Returns the exemplars of a filter once they and its image are loaded. */
export function known({
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

interface SquareProps {
  here: Place;
  size: number;
}

/** The four strongest exemplars of a filter, over its tile or beside it. */
export function ExemplarSquare({
  here,
  size,
  over = false,
}: SquareProps & { over?: boolean }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const found = known(here);
  const cells = found?.[1].cells.slice(0, OVERLAID).join() ?? "";
  useEffect(() => {
    if (found && canvas.current) {
      const four = found[1].cells.slice(0, OVERLAID);
      drawCells(canvas.current, found[0], four, 2, size);
    }
  }, [found?.[0], cells, size, found?.[0].signal && dark.value]);
  if (!found) return null;
  return (
    <canvas
      ref={canvas}
      class={over ? "exemplar-overlay" : "exemplar-square"}
      style={{ width: `${size}px`, height: `${size}px` }}
      aria-hidden="true"
    />
  );
}

/** Says that patches do not show their channels, if that is so. */
export function Averaged({ here }: { here: Place }) {
  return known(here)?.[0].averaged ? (
    <p class="meta">Real inputs are drawn as the mean of their channels.</p>
  ) : null;
}

interface RowProps {
  here: Place;
  /** Pixels of a row. */
  size: number;
  /** Exemplars of a row; by default as many as can be seen well. */
  columns?: number | undefined;
}

/** The exemplars of a filter beside each other. */
export function ExemplarRow({ here, size, columns }: RowProps) {
  const found = known(here);
  if (!found) return null;
  const { cells } = found[1];
  const fits = columns ?? Math.floor((size + 4) / (LEAST + 4));
  const across = Math.min(cells.length, fits);
  const each = Math.floor((size + 4) / Math.max(across, 1)) - 4;
  return (
    <>
      <div
        class="exemplar-row"
        style={{ width: `${size}px` }}
        role="img"
        aria-label={`The patches of real inputs that excite filter ${here.key} most`}
      >
        {cells.map((cell) => (
          <Patch key={cell} from={found[0]} cell={cell} size={each} />
        ))}
      </div>
      <Averaged here={here} />
    </>
  );
}

/** One patch of a real input. */
export function Patch(props: { from: Sprite; cell: number; size: number }) {
  const { from, cell, size } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (canvas.current) drawCells(canvas.current, from, [cell], 1, size);
  }, [from, cell, size, from.signal && dark.value]);
  return (
    <canvas
      ref={canvas}
      class="patch"
      style={{ width: `${size}px`, height: `${size}px` }}
      aria-hidden="true"
    />
  );
}

/** All exemplars of a filter, their mean, and which inputs they are from. */
export function Exemplars({ here, size }: SquareProps) {
  const grid = useRef<HTMLCanvasElement>(null);
  const mean = useRef<HTMLCanvasElement>(null);
  const found = known(here);
  const cells = found?.[1].cells.join() ?? "";
  useEffect(() => {
    if (!found) return;
    if (grid.current) {
      drawCells(grid.current, found[0], found[1].cells, 3, size);
    }
    if (mean.current) drawMean(mean.current, found[0], found[1].cells, MEAN);
  }, [found?.[0], cells, size, found?.[0].signal && dark.value]);
  if (!found) return null;
  const [, { inputs, values, classes }] = found;
  return (
    <section data-testid="exemplars">
      <h3>Exemplars</h3>
      <button
        type="button"
        class="exemplars"
        title="Enlarge"
        aria-label="Enlarge the exemplars"
        onClick={() => update({ view: "filter" })}
      >
        <canvas
          ref={grid}
          style={{ width: `${size}px`, height: `${size}px` }}
          role="img"
          aria-label={`The ${inputs.length} patches of real inputs with the largest response`}
        />
      </button>
      <div class="exemplars-mean">
        <canvas
          ref={mean}
          style={{ width: `${MEAN}px`, height: `${MEAN}px` }}
          role="img"
          aria-label="The mean of the exemplars"
        />
        <p class="meta">
          The mean of the exemplars.
          {classes && <> Classes: {tally(classes)}</>}
        </p>
      </div>
      <Averaged here={here} />
      <details>
        <summary>Inputs</summary>
        <ol class="inputs">
          {inputs.map((input, i) => (
            <li key={input}>
              input {input}
              {classes ? `, class ${className(classes[i] ?? 0)}` : ""}:{" "}
              {values[i]}
            </li>
          ))}
        </ol>
      </details>
    </section>
  );
}

/** "3 (5 times), 8 (4 times)": the most frequent class first. */
export function tally(classes: number[]): string {
  return countsOf(classes)
    .map(([one, count]) =>
      count > 1 ? `${className(one)} (${count} times)` : className(one),
    )
    .join(", ");
}
