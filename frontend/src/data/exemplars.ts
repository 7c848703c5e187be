/** Exemplars: one sprite of patches of real inputs for each layer and epoch. */
import { fetchImages } from "../api/client";
import type { FilterExemplars } from "../api/event_header";
import { Answer, obtain } from "./store";

/** An image of many patches, its cells, in rows. */
export interface Sprite {
  picture: ImageBitmap;
  /** Pixels of a cell. */
  width: number;
  height: number;
  columns: number;
  /** When the event that holds it was written. */
  wallTime: number;
}

/**
 * Returns the sprite of a layer at an epoch; `null` if it is missing or still
 * loading.
 *
 * @param wallTime When the event was written whose cells are shown.
 */
export function sprite(
  run: string,
  tag: string,
  epoch: number,
  wallTime: number,
): Sprite | null {
  const make = () => new Answer<Sprite | null>();
  const entry = obtain("sprite", [[run, tag]], epoch, make);
  entry.ask(wallTime, () => load(run, tag, epoch), bytesOf);
  const found = entry.value.value;
  return found?.wallTime === wallTime ? found : null;
}

function bytesOf(found: Sprite | null): number {
  return found ? found.picture.width * found.picture.height * 4 : 0;
}

async function load(
  run: string,
  tag: string,
  epoch: number,
): Promise<Sprite | null> {
  const answer = await fetchImages(run, tag, [epoch], null, true);
  const event = answer.events[0];
  const about = event?.header.exemplars;
  const blob = about ? event?.extra[about.extra] : undefined;
  if (!event || !about || !(blob instanceof Blob)) return null;
  const picture = await createImageBitmap(blob);
  const { columns } = about;
  const rows = Math.ceil(about.count / columns);
  const [width, height] = [picture.width / columns, picture.height / rows];
  return { picture, width, height, columns, wallTime: event.wall_time };
}

function numbers(value: unknown): number[] {
  return Array.isArray(value)
    ? value.filter((n): n is number => typeof n === "number")
    : [];
}

/** The exemplars of an entry, as far as they are valid; `null` if none are. */
export function readExemplars(about: unknown): FilterExemplars | null {
  if (typeof about !== "object" || about === null) return null;
  const { inputs, values, cells, classes } = about as Record<string, unknown>;
  const found: FilterExemplars = {
    inputs: numbers(inputs),
    values: numbers(values),
    cells: numbers(cells),
  };
  if (Array.isArray(classes)) found.classes = numbers(classes);
  return found.cells.length ? found : null;
}

/** Draws cells of a sprite as a grid of so many columns. */
export function drawCells(
  canvas: HTMLCanvasElement,
  from: Sprite,
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
  from: Sprite,
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
  { picture, width, height, columns }: Sprite,
  cell: number,
  x: number,
  y: number,
): void {
  const left = (cell % columns) * width;
  const top = Math.floor(cell / columns) * height;
  context?.drawImage(picture, left, top, width, height, x, y, width, height);
}
