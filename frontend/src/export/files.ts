/** Writes drawings to files: PNG at a scale, or SVG. */
import type { Pen } from "../render/pen";
import type { Options } from "./options";
import type { Size } from "./pictures";
import { readPng, withTexts, writePng, type Chunk } from "./png";
import { SvgPen } from "./svg";

/** The title, settings and name of a file. */
export interface About {
  title: string;
  /** The settings, as JSON in the file's metadata. */
  settings: object;
  /** The name without its ending. */
  name: string;
}

/** A drawing of a fixed size, on a canvas or as SVG. */
export interface Drawing extends Size {
  draw: (pen: Pen) => void;
}

const MOST_SIDE = 16_384; // pixels that a canvas holds in a row
const MOST_AREA = 2 ** 27;

/** Returns a drawing as the chunks of a PNG. */
export async function rastered(
  { width, height, draw }: Drawing,
  scale: number,
): Promise<Chunk[]> {
  const [across, down] = [width, height].map((n) => Math.round(n * scale));
  const side = Math.max(across ?? 1, down ?? 1);
  if (side > MOST_SIDE || (across ?? 1) * (down ?? 1) > MOST_AREA) {
    throw new Error(
      `A PNG of ${across} × ${down} pixels is too large for a browser. ` +
        "Choose a smaller scale, fewer filters by a search, or SVG.",
    );
  }
  const canvas = new OffscreenCanvas(across ?? 1, down ?? 1);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("This browser cannot draw images.");
  context.scale(scale, scale);
  draw(context);
  const blob = await canvas.convertToBlob({ type: "image/png" });
  return readPng(new Uint8Array(await blob.arrayBuffer()));
}

function offer(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Offers chunks as a PNG with what it shows in its metadata. */
export function offerPng(chunks: Chunk[], about: About): void {
  const texts = {
    Title: about.title,
    Software: "tb_actmax",
    Description: JSON.stringify(about.settings),
  };
  const file = writePng(withTexts(chunks, texts));
  offer(new Blob([file], { type: "image/png" }), `${about.name}.png`);
}

/** Offers a drawing in the chosen format. */
export async function offerDrawing(
  drawing: Drawing,
  { format }: Pick<Options, "format">,
  scale: number,
  about: About,
): Promise<void> {
  if (format === "png") {
    offerPng(await rastered(drawing, scale), about);
    return;
  }
  const pen = new SvgPen();
  drawing.draw(pen);
  const { title, settings, name } = about;
  const { width, height } = drawing;
  const file = await pen.finish(width, height, title, settings);
  offer(new Blob([file], { type: "image/svg+xml" }), `${name}.svg`);
}
