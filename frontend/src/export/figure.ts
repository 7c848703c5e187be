/** Figures: images in rows under a title, with captions and patches. */
import { drawSquare } from "../components/patches";
import type { Pen } from "../render/pen";
import { LIGHT } from "../render/theme";
import type { Place } from "../state/schema";
import { BESIDE, layOut, LINE, MARGIN, type Plan } from "./layout";
import {
  drawDifference,
  drawImage,
  gather,
  sizeOf,
  type Shown,
} from "./pictures";

/** Images on one line, with the caption below them. */
export interface Item {
  places: Place[];
  caption: string;
  /** Whether the difference of two images is shown in their place. */
  difference?: boolean;
}

export interface Section {
  heading: string;
  items: Item[];
}

export interface Figure {
  /** Lines above the images; the first is the title. */
  titles: string[];
  sections: Section[];
  /** Items in a row. */
  columns: number;
  /** Least size of an image. */
  least: number;
  captions: boolean;
  patches: boolean;
}

/** A figure with its images, to be drawn on a canvas or as SVG. */
export interface Composed {
  plan: Plan;
  draw: (pen: Pen) => void;
}

/** Returns what stands below an item: that its filter is dead, for one. */
export function captionOf(
  { caption, places }: Item,
  shown: Pick<Shown, "found">[],
): string {
  if (shown.some(({ found }) => !found)) return `${caption}: not logged`;
  const status = shown[0]?.found?.entry.status ?? "ok";
  const alone = places.length === 1 && status !== "ok";
  return [caption, ...(alone ? [status] : [])].filter(Boolean).join(" · ");
}

/** Fetches the images of a figure, and lays it out. */
export async function composed(figure: Figure): Promise<Composed> {
  const { sections, captions, patches, titles, least } = figure;
  const items = sections.flatMap((section) => section.items);
  const shown = await gather(
    items.map(({ places }) => places),
    patches,
  );
  const sides = shown.flat().map(({ found }) => {
    if (!found) return 0;
    const { width, height } = sizeOf(found) ?? { width: least, height: least };
    return Math.max(width, height);
  });
  const images = (item: Item) => (item.difference ? 1 : item.places.length);
  const plan = layOut({
    ...figure,
    sections: sections.map((section) => ({
      count: section.items.length,
      images: Math.max(...section.items.map(images), 1),
    })),
    largest: Math.max(...sides, 1),
    titles: titles.length,
    headings: sections.some(({ heading }) => heading !== ""),
  });
  const box = { width: plan.tile, height: plan.tile };
  const step = plan.tile + BESIDE;
  const drawItem = (pen: Pen, item: Item, all: Shown[], most: number) => {
    if (item.difference) drawDifference(pen, all, box);
    else {
      all.forEach((one, i) => {
        pen.save();
        pen.translate(i * step * (patches ? 2 : 1), 0);
        drawImage(pen, one, box);
        pen.translate(step, 0);
        if (one.patches) {
          const { from, cells } = one.patches;
          drawSquare(pen, from, cells, 3, plan.tile, LIGHT);
        }
        pen.restore();
      });
    }
    if (!captions) return;
    pen.fillText(captionOf(item, all), 0, plan.tile + 12, most);
  };
  const draw = (pen: Pen) => {
    pen.fillStyle = LIGHT.paper;
    pen.fillRect(0, 0, plan.width, plan.height);
    pen.fillStyle = "#212121";
    const wide = plan.width - 2 * MARGIN;
    if (captions) {
      titles.forEach((line, i) => {
        pen.font = `${i ? 12 : 14}px Roboto, sans-serif`;
        pen.fillText(line, MARGIN, 24 + i * LINE, wide);
      });
    }
    let at = 0;
    sections.forEach(({ heading, items: own }, n) => {
      const places = plan.sections[n];
      if (heading && captions) {
        pen.font = "bold 12px Roboto, sans-serif";
        pen.fillText(heading, MARGIN, (places?.heading ?? 0) + 16, wide);
      }
      pen.font = "11px Roboto, sans-serif";
      own.forEach((item, i) => {
        pen.save();
        const { x, y } = places?.items[i] ?? { x: 0, y: 0 };
        pen.translate(x, y);
        pen.fillStyle = "#212121";
        drawItem(pen, item, shown[at++] ?? [], places?.item ?? wide);
        pen.restore();
      });
    });
  };
  return { plan, draw };
}
