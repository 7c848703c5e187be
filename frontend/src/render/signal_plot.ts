/** Draws a signal as curves, with axes if there is room. */
import { format } from "./format";
import type { Curves } from "./rendering";
import type { Pen } from "./pen";
import { SERIES, type Inks } from "./theme";

const ROOM = 150; // least pixels of a plot with axes

export interface Frame {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** Returns the area of the curves in a plot. */
export function frameOf(width: number, height: number, axes = true): Frame {
  return !axes || width < ROOM || height < ROOM / 2
    ? { left: 2, top: 3, right: width - 2, bottom: height - 3 }
    : { left: 40, top: 8, right: width - 8, bottom: height - 22 };
}

/** Returns about so many round numbers between two values. */
export function ticks(low: number, high: number, about = 4): number[] {
  const span = high - low;
  if (!(span > 0) || !Number.isFinite(span)) return [low];
  const rough = span / about;
  const power = 10 ** Math.floor(Math.log10(rough));
  const fine = [1, 2, 5].find((m) => m * power >= rough * 0.8) ?? 10;
  const step = fine * power;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
}

export function drawCurves(
  context: Pen,
  { lines, low, high }: Curves,
  width: number,
  height: number,
  inks: Inks,
  axes = true,
): void {
  const frame = frameOf(width, height, axes);
  const length = lines[0]?.length ?? 0;
  const x = (i: number) =>
    frame.left + ((frame.right - frame.left) * i) / Math.max(length - 1, 1);
  const y = (value: number) => {
    const share = (value - low) / (high - low || 1);
    const inside = Math.min(Math.max(share, 0), 1);
    return frame.bottom - (frame.bottom - frame.top) * inside;
  };
  context.fillStyle = inks.paper;
  context.fillRect(0, 0, width, height);
  context.lineWidth = 1;
  context.strokeStyle = inks.axis;
  const line = (x0: number, y0: number, x1: number, y1: number) => {
    context.beginPath();
    context.moveTo(x0, y0);
    context.lineTo(x1, y1);
    context.stroke();
  };
  if (low < 0 && high > 0) line(frame.left, y(0), frame.right, y(0));
  if (frame.left > 2) drawAxes(context, frame, [low, high], length, x, y, inks);
  context.lineJoin = "round";
  context.lineWidth = width < ROOM ? 1.5 : 2;
  lines.forEach((values, n) => {
    context.strokeStyle =
      lines.length === 1 ? inks.line : (SERIES[n % SERIES.length] ?? inks.line);
    context.beginPath();
    values.forEach((value, i) => context.lineTo(x(i), y(value)));
    context.stroke();
  });
}

function drawAxes(
  context: Pen,
  { left, top, right, bottom }: Frame,
  [low, high]: [number, number],
  length: number,
  x: (i: number) => number,
  y: (value: number) => number,
  inks: Inks,
): void {
  context.strokeRect(left - 0.5, top - 0.5, right - left + 1, bottom - top + 1);
  context.fillStyle = inks.text;
  context.font = "11px Roboto, sans-serif";
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const value of ticks(low, high)) {
    context.fillText(format(value), left - 5, y(value));
    context.fillRect(left - 4, Math.round(y(value)), 4, 1);
  }
  context.textBaseline = "top";
  for (const at of ticks(0, Math.max(length - 1, 1))) {
    if (!Number.isInteger(at)) continue;
    context.textAlign =
      at === 0 ? "left" : x(at) > right - 12 ? "right" : "center";
    context.fillText(String(at), x(at), bottom + 7);
    context.fillRect(Math.round(x(at)), bottom, 1, 4);
  }
}
