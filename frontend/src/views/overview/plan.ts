/** How large the cells of the overview are, and how many images they hold. */
import { groupsOf, nameIn, type Group } from "../../selection/layer_groups";
import type { Network } from "../../selection/networks";
import { fitting, type Size } from "../../selection/available_space";

export interface Plan {
  /** Cards of one run beside each other, or layers of several runs. */
  columns: number;
  /** Pixels of a cell. */
  width: number;
  height: number;
  /** Pixels of the column of the runs; 0 if their names stand above. */
  names: number;
  /** Pixels of an image. */
  size: number;
  /** Images of a cell. */
  count: number;
  /** Images of a row. */
  across: number;
  layerNames: LayerNames;
}

/** How the names of layers are written. */
interface LayerNames {
  /** Lines of the longest. */
  lines: number;
  /** Whether the number of filters is below, not beside it. */
  apart: boolean;
}

const SIDE = 32; // pixels beside the page
const GAP = 12;
const HEAD = 60; // name and bar of a card
const LETTER = { card: 7, column: 6 }; // pixels of a letter of a name, on average
const NAME_LINE = 18; // of a name
const KIND = 90; // pixels beside a short name: how many filters there are
const FRAME = 24; // padding of a card
const TALLEST = 560; // pixels of a cell where there are several runs
const BAR = 34; // bar of a cell, with its counts
export const COUNTS_FIT = 220; // pixels of a cell whose counts are one line
const LINE = 15; // a second one
const NAMES = 150; // column of the runs
const NAME = 24; // name of a run above its cells
const NARROW = 760; // pixels of a page
const SENTENCES = 84;
const LEAST = { alone: 252, grouped: 212, beside: 128 }; // pixels of a card
const GROUP = 30; // name of a group of layers
const LEAST_BODY = 160; // pixels of a card below its bar
const COUNTS = [2, 3, 4, 6, 8, 9, 10, 12, 16];
const SEVERAL = 4; // images that show a layer better than fewer
const ADVANTAGE = 1.5;
const BETWEEN = { gap: 8, caption: 0, least: 32, most: 256 };

/** A tile has a frame of 2 pixels, and 4 pixels stand between two. */
function acrossOf(size: number, width: number): number {
  return Math.max(Math.floor((width + 4) / (size + 8)), 1);
}

function inRows(count: number, size: number, width: number): number {
  return Math.ceil(count / acrossOf(size, width));
}

/** The width of images in rows that are as even as possible. */
export function evenly({ size, across }: Plan, count: number): number {
  const rows = Math.max(Math.ceil(count / across), 1);
  return Math.ceil(count / rows) * (size + 8);
}

/** Fills a box with images: the most area, and rather four than two. */
function filled({ width, height }: Size, chosen: number | null) {
  if (chosen !== null) {
    const across = acrossOf(chosen, width);
    const down = Math.max(Math.floor((height + 8) / (chosen + 8)), 1);
    return { size: chosen, across, count: Math.min(across * down, 16) };
  }
  const plans = COUNTS.map((count) => {
    const size = fitting(count, { width: width - 4, height }, BETWEEN);
    const fits = inRows(count, size, width) * (size + 8) <= height + 8;
    const weight = (fits ? 1 : 0) * (count < SEVERAL ? 1 : ADVANTAGE);
    return { count, size, area: count * size * size * weight };
  });
  const { count, size } = plans.reduce((a, b) => (b.area > a.area ? b : a));
  const across = acrossOf(size, width);
  const whole = across * inRows(count, size, width); // without a ragged row
  return { size, across, count: Math.min(whole, 20) };
}

/** Cards in rows that are as even as possible, in each group of layers. */
function arranged(groups: number[], most: number, aspect: number) {
  const inRows = (columns: number) =>
    groups.reduce((sum, count) => sum + Math.ceil(count / columns), 0);
  const largest = Math.max(...groups, 1);
  if (groups.length > 1) {
    const columns = Math.min(most, largest);
    return { columns, rows: inRows(columns) };
  }
  const wanted = Math.ceil(Math.sqrt((largest * aspect) / 1.2));
  const rows = inRows(Math.min(Math.max(wanted, 1), most, largest));
  return { columns: Math.ceil(largest / rows), rows };
}

/** Splits the layers of several runs into tables of so many columns. */
export function bandsOf(
  tags: string[],
  columns: number,
): Group<{ tag: string }>[] {
  const groups = groupsOf(tags.map((tag) => ({ tag })));
  return groups.flatMap(({ name, layers }) => {
    const bands = Math.ceil(layers.length / columns);
    const each = Math.ceil(layers.length / Math.max(bands, 1));
    return Array.from({ length: bands }, (_, i) => ({
      name,
      layers: layers.slice(i * each, (i + 1) * each),
    }));
  });
}

/** Fits the names of layers, in full, into a width. */
function written(
  groups: Group<{ tag: string }>[],
  width: number,
  letter: number,
  beside = 0,
): LayerNames {
  const lengths = groups.flatMap(({ name, layers }) =>
    layers.map(({ tag }) => nameIn(name, tag).length * letter),
  );
  const longest = Math.max(...lengths, 0);
  if (longest + beside <= width) return { lines: 1, apart: false };
  // Lines end between words.
  return { lines: Math.ceil((1.15 * longest) / width), apart: true };
}

/** Returns how many columns of several runs fit the page. */
function columnsIn(inside: number, names: number): number {
  const available = names ? inside - names : inside + GAP;
  return Math.max(Math.floor(available / (LEAST.beside + GAP)), 1);
}

/**
 * Plans the cells of a network.
 *
 * @param chosen Pixels of an image, if chosen by hand.
 * @param networks Number of networks that share the page.
 */
export function planOf(
  { runs, tags }: Network,
  { width, height }: Size,
  chosen: number | null,
  networks: number,
): Plan {
  const inside = width - SIDE;
  const names = width < NARROW ? 0 : NAMES;
  if (runs.length > 1) {
    const most = columnsIn(inside, names);
    const bands = bandsOf(tags, most);
    const columns = Math.max(...bands.map(({ layers }) => layers.length), 1);
    const beside = names ? inside - names : inside + GAP;
    const cell = Math.max(Math.floor(beside / columns) - GAP, LEAST.beside);
    const bar = BAR + (cell < COUNTS_FIT ? LINE : 0);
    const layerNames = written(bands, cell, LETTER.column);
    const heads = 22 + layerNames.lines * NAME_LINE;
    const below = runs.length * Math.max(bands.length, 1);
    const above = names ? 0 : NAME;
    const rows = Math.floor((height - SENTENCES - heads) / below) - GAP - above;
    const tall = Math.min(Math.max(rows, 132), TALLEST);
    const plan = filled({ width: cell, height: tall - bar }, chosen);
    const used = inRows(plan.count, plan.size, cell) * (plan.size + 8) + bar;
    return { columns, names, width: cell, height: used, layerNames, ...plan };
  }
  const available = height - SENTENCES;
  const grouped = groupsOf(tags.map((tag) => ({ tag })));
  const groups = grouped.map(({ layers }) => layers.length);
  const least = groups.length > 1 ? LEAST.grouped : LEAST.alone;
  const most = Math.max(Math.floor((inside + GAP) / (least + GAP)), 1);
  const { columns, rows } = arranged(groups, most, inside / available);
  const card = Math.floor((inside + GAP) / columns) - GAP;
  const heads = groups.length > 1 ? groups.length * GROUP : 0;
  const share =
    (networks > 1 ? Math.min(available, 300 * rows) : available) - heads;
  const inner = card - FRAME - 2;
  const layerNames = written(grouped, inner, LETTER.card, KIND);
  const head = HEAD + (layerNames.apart ? layerNames.lines * NAME_LINE : 0);
  const tall = Math.max(Math.floor(share / rows) - GAP, head + LEAST_BODY);
  const box = { width: inner, height: tall - head - FRAME };
  const plan = filled(box, chosen);
  const used = inRows(plan.count, plan.size, box.width) * (plan.size + 8);
  const tallest = used + head + FRAME;
  return { columns, names, width: card, height: tallest, layerNames, ...plan };
}
