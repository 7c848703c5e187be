/** Lays out the parts of a figure, in pixels at scale 1. */
import type { Size } from "./pictures";

export const MARGIN = 8;
const TITLE = 32; // of the first line; further ones take LINE
export const LINE = 18;
const HEADING = 26;
const CAPTION = 16;
export const BESIDE = 4; // between the images of an item
const NARROWEST = 340;

const APART = 20; // between items of several images

export interface PlannedSection {
  /** Top of its heading. */
  heading: number;
  /** Width of an item. */
  item: number;
  items: { x: number; y: number }[];
}

export interface Plan extends Size {
  /** Side of an image. */
  tile: number;
  sections: PlannedSection[];
}

export interface Measure {
  /** Number of items of each section, and of images of an item. */
  sections: { count: number; images: number }[];
  /** Pixels of the largest image; they are enlarged by a whole number. */
  largest: number;
  /** Least size of an image. */
  least: number;
  /** Items in a row of the section with the widest. */
  columns: number;
  /** Number of lines above the images. */
  titles: number;
  /** Whether sections have headings. */
  headings: boolean;
  captions: boolean;
  patches: boolean;
}

export function layOut(figure: Measure): Plan {
  const { largest, least, captions, patches, titles, headings } = figure;
  const zoom = Math.max(1, Math.round(least / Math.max(largest, 1)));
  const tile = largest * zoom;
  const down = tile + (captions ? CAPTION : 0) + MARGIN;
  const sized = figure.sections.map(({ count, images }) => {
    const squares = images * (patches ? 2 : 1);
    const item = squares * tile + (squares - 1) * BESIDE;
    return { count, item, step: item + (squares > 1 ? APART : MARGIN) };
  });
  const widest = Math.max(
    ...sized.map(({ count, step }) => step * Math.min(count, figure.columns)),
    1,
  );
  let y = captions && titles ? MARGIN + TITLE : MARGIN;
  if (captions) y += Math.max(titles - 1, 0) * LINE;
  const sections = sized.map(({ count, item, step }): PlannedSection => {
    const columns = Math.max(Math.floor(widest / step), 1);
    const heading = y;
    if (headings && captions) y += HEADING;
    const items = Array.from({ length: count }, (_, i) => ({
      x: MARGIN + (i % columns) * step,
      y: y + Math.floor(i / columns) * down,
    }));
    y += Math.ceil(count / columns) * down;
    return { heading, item, items };
  });
  const across = widest + MARGIN;
  const width = captions && titles ? Math.max(across, NARROWEST) : across;
  return { tile, sections, width, height: y };
}
