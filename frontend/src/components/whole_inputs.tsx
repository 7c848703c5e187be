/** Exemplars as whole inputs, with the field of the filter outlined. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { FilterExemplars } from "../api/event_header";
import { runOf } from "../data/runs";
import type { Sprite } from "../data/exemplars";
import { thumbnails, type Thumbnails } from "../data/thumbnails";
import { dark, inks } from "../render/theme";
import { drawCurves } from "../render/signal_plot";
import { className } from "../selection/shown_relations";
import type { Place } from "../state/schema";
import { Averaged, known, Patch } from "./exemplars";
import { Dialog } from "./dialog";

interface Frame {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Returns the field in an input as shares of its sides, cut to the input. */
export function frameIn(
  size: number[],
  place: number[],
  field: { width: number; height: number },
): Frame | null {
  const [height, width] = size.slice(-2);
  const [y, x] = place.slice(-2);
  if (!width || !height || x === undefined || y === undefined) return null;
  const left = Math.max(x, 0) / width;
  const top = Math.max(y, 0) / height;
  const right = Math.min(x + field.width, width) / width;
  const bottom = Math.min(y + field.height, height) / height;
  const whole = right - left >= 1 && bottom - top >= 1;
  return whole
    ? null
    : { left, top, width: right - left, height: bottom - top };
}

function drawInput(
  canvas: HTMLCanvasElement,
  { header, picture }: Thumbnails,
  input: number,
  size: number,
): void {
  const { columns, width, height, channels } = header;
  const signal = height === 1;
  const rows = signal ? channels : height;
  const x = (input % columns) * width;
  const y = Math.floor(input / columns) * rows;
  const scale = Math.max(window.devicePixelRatio, 1);
  canvas.width = Math.round(size * scale);
  canvas.height = signal
    ? canvas.width
    : Math.round((canvas.width * height) / width);
  const context = canvas.getContext("2d");
  if (!context) return;
  if (!signal) {
    context.imageSmoothingEnabled = width > 40;
    const { width: across, height: down } = canvas;
    context.drawImage(picture, x, y, width, height, 0, 0, across, down);
    return;
  }
  const whole = new OffscreenCanvas(width, rows);
  const pixels = whole.getContext("2d");
  pixels?.drawImage(picture, x, y, width, rows, 0, 0, width, rows);
  const data = pixels?.getImageData(0, 0, width, rows).data ?? [];
  const lines = Array.from({ length: rows }, (_, row) =>
    Array.from({ length: width }, (_, i) => data[(row * width + i) * 4] ?? 0),
  );
  const curves = { lines, low: 0, high: 255 };
  drawCurves(context, curves, canvas.width, canvas.height, inks(), false);
}

interface Props {
  here: Place;
  size: number;
}

interface OneProps {
  here: Place;
  from: Sprite;
  exemplars: FilterExemplars;
  /** Index of the exemplar. */
  i: number;
  size: number;
}

/** The input of an exemplar with the field, or if it is not logged, the patch. */
function One({ here, from, exemplars, i, size }: OneProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const of = runOf(here.run);
  const all = of ? thumbnails(of) : null;
  const input = exemplars.inputs[i] ?? -1;
  const whole = all !== null && input >= 0 && input < all.header.count;
  useEffect(() => {
    if (whole && canvas.current) drawInput(canvas.current, all, input, size);
  }, [all, input, size, dark.value]);
  const cell = exemplars.cells[i] ?? 0;
  if (!whole) return <Patch from={from} cell={cell} size={size} />;
  const axes = (exemplars.places?.length ?? 0) / exemplars.inputs.length;
  const place = exemplars.places?.slice(i * axes, (i + 1) * axes) ?? [];
  const frame = frameIn(all.header.size, place, from.field);
  const share = (value: number) => `${100 * value}%`;
  return (
    <span class="whole-input" style={{ width: `${size}px` }}>
      <canvas ref={canvas} aria-hidden="true" />
      {frame && (
        <span
          class="field"
          style={{
            left: share(frame.left),
            top: share(frame.top),
            width: share(frame.width),
            height: share(frame.height),
          }}
        />
      )}
    </span>
  );
}

/** Pixels of an image that fits a dialog, whose size is set in layout.css. */
function largest(): number {
  const { innerWidth: width, innerHeight: height } = window;
  return Math.floor(Math.min(0.92 * width - 52, 0.86 * height - 92));
}

/** All exemplars of a filter; a click enlarges one. */
export function WholeInputs({ here, size }: Props) {
  const [large, setLarge] = useState<number | null>(null);
  const found = known(here);
  if (!found) return null;
  const [from, exemplars] = found;
  const { inputs, values, classes } = exemplars;
  const of = runOf(here.run);
  const curves = from.signal && of && thumbnails(of);
  const say = (i: number) =>
    [
      `input ${inputs[i]}`,
      classes && `class ${className(classes[i] ?? 0)}`,
      `response ${values[i]}`,
    ]
      .filter(Boolean)
      .join(", ");
  const one = (i: number, side: number) => (
    <One here={here} from={from} exemplars={exemplars} i={i} size={side} />
  );
  return (
    <>
      {!curves && <Averaged here={here} />}
      <div class="whole-inputs" data-testid="whole-inputs">
        {inputs.map((input, i) => (
          <button
            key={`${input} ${i}`}
            type="button"
            aria-label={`Enlarge ${say(i)}`}
            title={say(i)}
            onClick={() => setLarge(i)}
          >
            {one(i, size)}
            {classes && (
              <span class="caption">{className(classes[i] ?? 0)}</span>
            )}
          </button>
        ))}
        {large !== null && (
          <Dialog fitted title={say(large)} close={() => setLarge(null)}>
            {one(large, largest())}
          </Dialog>
        )}
      </div>
    </>
  );
}
