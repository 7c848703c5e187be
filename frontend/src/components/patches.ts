/** Draws patches of real inputs: crisp, without padding, signals as curves. */
import type { Sprite } from "../data/exemplars";
import { drawCurves } from "../render/signal_plot";
import type { Pen } from "../render/pen";
import type { Curves } from "../render/rendering";
import { inks, type Inks } from "../render/theme";

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

const PADDED = 12; // most difference of padding from the corner's grey

const parts = new WeakMap<Sprite, Map<number, Box>>();

function boxOf({ width, height, columns }: Sprite, cell: number): Box {
  const x = (cell % columns) * width;
  return { x, y: Math.floor(cell / columns) * height, width, height };
}

function pixelsOf({ picture }: Sprite, box: Box): ImageData | null {
  const canvas = new OffscreenCanvas(box.width, box.height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const { x, y, width, height } = box;
  context?.drawImage(picture, x, y, width, height, 0, 0, width, height);
  return context?.getImageData(0, 0, width, height) ?? null;
}

/** Returns the first line that is not padding, from each of two ends. */
function span(count: number, isPadding: (line: number) => boolean) {
  let first = 0;
  let last = count - 1;
  while (first < last && isPadding(first)) first++;
  while (last > first && isPadding(last)) last--;
  return [first, last] as const;
}

/**
 * Finds the input in a larger field by the even colour around it, in signals by
 * that of each row.
 */
export function insideOf(
  { data, width, height }: Pick<ImageData, "data" | "width" | "height">,
  inside: { width: number; height: number },
  signal = false,
): Box {
  const whole = { x: 0, y: 0, width, height };
  if (inside.width >= width && inside.height >= height) return whole;
  const at = (x: number, y: number) => (y * width + x) * 4;
  const [right, bottom] = [width - 1, height - 1];
  const corners = [0, bottom].flatMap((y) => [
    { x: 0, y },
    { x: right, y },
  ]);
  const even = (corner: { x: number; y: number }) => (x: number, y: number) => {
    const from = at(corner.x, signal ? y : corner.y);
    return [0, 1, 2].every(
      (c) =>
        Math.abs((data[at(x, y) + c] ?? 0) - (data[from + c] ?? 0)) <= PADDED,
    );
  };
  const ends = (length: number, most: number, found: readonly number[]) => {
    const middle = ((found[0] ?? 0) + (found[1] ?? 0) + 1) / 2;
    const from = Math.round(middle - length / 2);
    return Math.min(Math.max(from, 0), most - length);
  };
  const all = corners.map((corner) => {
    const same = even(corner);
    const line = (count: number, of: (i: number) => boolean) =>
      Array.from({ length: count }, (_, i) => i).every(of);
    const rows = span(height, (y) => line(width, (x) => same(x, y)));
    const columns = span(width, (x) => line(height, (y) => same(x, y)));
    return { rows, columns };
  });
  const area = ({ rows, columns }: (typeof all)[number]) =>
    (rows[1] - rows[0] + 1) * (columns[1] - columns[0] + 1);
  const least = all.reduce((a, b) => (area(b) < area(a) ? b : a));
  return {
    x: ends(inside.width, width, least.columns),
    y: ends(inside.height, height, least.rows),
    ...inside,
  };
}

/** Returns the part of the sprite that shows a patch. */
export function partOf(from: Sprite, cell: number): Box {
  let known = parts.get(from);
  if (!known) parts.set(from, (known = new Map()));
  let part = known.get(cell);
  if (!part) {
    const box = boxOf(from, cell);
    const { inside, width, height } = from;
    const padded = inside.width < width || inside.height < height;
    const pixels = padded ? pixelsOf(from, box) : null;
    const inner = pixels
      ? insideOf(pixels, inside, from.signal)
      : { ...box, x: 0, y: 0 };
    part = { ...inner, x: box.x + inner.x, y: box.y + inner.y };
    known.set(cell, part);
  }
  return part;
}

/** Returns the red, green and blue of a patch, 0 to 255, pixel by pixel. */
export function coloursOf(from: Sprite, cell: number): Float64Array {
  const data = pixelsOf(from, partOf(from, cell))?.data ?? [];
  return Float64Array.from(
    { length: (data.length / 4) * 3 },
    (_, i) => data[Math.floor(i / 3) * 4 + (i % 3)] ?? 0,
  );
}

/** Returns the grey values of a patch, 0 to 255, row by row. */
export function greysOf(from: Sprite, cell: number): Float64Array {
  const all = coloursOf(from, cell);
  return Float64Array.from(
    { length: all.length / 3 },
    (_, i) =>
      ((all[3 * i] ?? 0) + (all[3 * i + 1] ?? 0) + (all[3 * i + 2] ?? 0)) / 3,
  );
}

/** Returns the curves of a signal from its rows of pixels. */
function curvesOf(values: ArrayLike<number>, rows: number): Curves {
  const length = values.length / rows;
  const lines = Array.from({ length: rows }, (_, row) =>
    Array.from({ length }, (_, i) => values[row * length + i] ?? 0),
  );
  return { lines, low: 0, high: 255 };
}

function drawPatch(
  context: Pen,
  from: Sprite,
  cell: number,
  box: Box,
  colours: Inks = inks(),
) {
  const part = partOf(from, cell);
  if (from.signal) {
    context.save();
    context.translate(box.x, box.y);
    drawCurves(
      context,
      curvesOf(greysOf(from, cell), part.height),
      box.width,
      box.height,
      colours,
      false,
    );
    context.restore();
    return;
  }
  const scale = Math.min(box.width / part.width, box.height / part.height);
  const [width, height] = [part.width * scale, part.height * scale];
  const x = box.x + (box.width - width) / 2;
  const y = box.y + (box.height - height) / 2;
  context.imageSmoothingEnabled = scale < 1 || from.shrunk;
  context.drawImage(
    from.picture,
    part.x,
    part.y,
    part.width,
    part.height,
    Math.round(x),
    Math.round(y),
    Math.round(width),
    Math.round(height),
  );
}

/** Draws cells on a canvas of its own, its side in CSS pixels. */
export function drawCells(
  canvas: HTMLCanvasElement,
  from: Sprite,
  cells: number[],
  columns: number,
  size: number,
): void {
  const scale = Math.max(window.devicePixelRatio, 1);
  const side = Math.round(size * scale);
  canvas.width = canvas.height = side;
  const context = canvas.getContext("2d");
  if (context) drawSquare(context, from, cells, columns, side, inks());
}

/** Draws cells as a square of so many columns. */
export function drawSquare(
  context: Pen,
  from: Sprite,
  cells: number[],
  columns: number,
  side: number,
  colours: Inks,
): void {
  const gap = Math.max(Math.round((side / columns) * 0.03), 1);
  const step = (side + gap) / columns;
  cells.forEach((cell, i) => {
    const x = Math.round((i % columns) * step);
    const y = Math.round(Math.floor(i / columns) * step);
    const inner = Math.round(step - gap);
    const box = { x, y, width: inner, height: inner };
    drawPatch(context, from, cell, box, colours);
  });
}

/** Draws the mean of cells. */
export function drawMean(
  canvas: HTMLCanvasElement,
  from: Sprite,
  cells: number[],
  size: number,
): void {
  const scale = Math.max(window.devicePixelRatio, 1);
  const side = Math.round(size * scale);
  canvas.width = canvas.height = side;
  const context = canvas.getContext("2d");
  if (!context) return;
  const box = { x: 0, y: 0, width: side, height: side };
  cells.forEach((cell, i) => {
    context.globalAlpha = from.signal ? 1 : 1 / (i + 1);
    if (!from.signal) drawPatch(context, from, cell, box);
  });
  if (!from.signal) return;
  const all = cells.map((cell) => greysOf(from, cell));
  const mean = [...(all[0] ?? [])].map(
    (_, i) => all.reduce((sum, one) => sum + (one[i] ?? 0), 0) / all.length,
  );
  const curves = curvesOf(mean, from.height);
  drawCurves(context, curves, side, side, inks(), false);
}
