/** The real patches behind filters: one atlas for each layer and epoch. */
import { signal, type Signal } from "@preact/signals";
import { fetchImages } from "../api/client";
import type { FilterEntry } from "../api/types";

export interface Atlas {
  picture: ImageBitmap;
  width: number;
  height: number;
  columns: number;
}

/** What an entry says of its patches, those that excite most first. */
export interface Exemplars {
  inputs: number[];
  values: number[];
  cells: number[];
  classes?: number[];
}

const MOST = 24; // atlases that are kept
const known = new Map<string, Signal<Atlas | null>>();

/** The atlas of a layer at an epoch; `null` until, or unless, it is there. */
export function atlas(
  run: string,
  tag: string,
  epoch: number,
): Signal<Atlas | null> {
  const name = JSON.stringify([run, tag, epoch]);
  const found = known.get(name);
  if (found) return found;
  const made = signal<Atlas | null>(null);
  known.set(name, made);
  for (const oldest of known.keys()) {
    if (known.size <= MOST) break;
    known.delete(oldest);
  }
  load(run, tag, epoch).then(
    (loaded) => (made.value = loaded),
    () => known.delete(name),
  );
  return made;
}

async function load(
  run: string,
  tag: string,
  epoch: number,
): Promise<Atlas | null> {
  const answer = await fetchImages(run, tag, [epoch], null, true);
  const event = answer.events[0];
  const about = event?.header.exemplars;
  const blob = about ? event?.extra[about.extra] : undefined;
  if (!about || !(blob instanceof Blob)) return null;
  const picture = await createImageBitmap(blob);
  const { columns } = about;
  const rows = Math.ceil(about.count / columns);
  const [width, height] = [picture.width / columns, picture.height / rows];
  return { picture, width, height, columns };
}

function numbers(value: unknown): number[] {
  return Array.isArray(value)
    ? value.filter((n): n is number => typeof n === "number")
    : [];
}

/** An entry's patches; `null` where none are logged. */
export function exemplarsOf(entry: FilterEntry): Exemplars | null {
  const about = entry["exemplars"];
  if (typeof about !== "object" || about === null) return null;
  const { inputs, values, cells, classes } = about as Record<string, unknown>;
  const found: Exemplars = {
    inputs: numbers(inputs),
    values: numbers(values),
    cells: numbers(cells),
  };
  if (Array.isArray(classes)) found.classes = numbers(classes);
  return found.cells.length ? found : null;
}

/** Draws cells of an atlas as a grid of so many columns. */
export function drawCells(
  canvas: HTMLCanvasElement,
  from: Atlas,
  cells: number[],
  columns: number,
): void {
  const gap = Math.max(1, Math.round(from.width / 14)); // else they run together
  const [width, height] = [from.width + gap, from.height + gap];
  canvas.width = columns * width - gap;
  canvas.height = Math.ceil(cells.length / columns) * height - gap;
  const context = canvas.getContext("2d");
  cells.forEach((cell, i) => {
    const x = (i % columns) * width;
    const y = Math.floor(i / columns) * height;
    drawCell(context, from, cell, x, y);
  });
}

/** Draws the mean of cells. */
export function drawMean(
  canvas: HTMLCanvasElement,
  from: Atlas,
  cells: number[],
): void {
  canvas.width = from.width;
  canvas.height = from.height;
  const context = canvas.getContext("2d");
  if (!context) return;
  cells.forEach((cell, i) => {
    context.globalAlpha = 1 / (i + 1);
    drawCell(context, from, cell, 0, 0);
  });
}

function drawCell(
  context: CanvasRenderingContext2D | null,
  { picture, width, height, columns }: Atlas,
  cell: number,
  x: number,
  y: number,
): void {
  const left = (cell % columns) * width;
  const top = Math.floor(cell / columns) * height;
  context?.drawImage(picture, left, top, width, height, x, y, width, height);
}
