/** Writes SVG through the interface of a canvas, with real text and curves. */
import type { Pen } from "../render/pen";

interface Style {
  fillStyle: Pen["fillStyle"];
  strokeStyle: Pen["strokeStyle"];
  lineWidth: number;
  lineJoin: CanvasLineJoin;
  font: string;
  textAlign: CanvasTextAlign;
  textBaseline: CanvasTextBaseline;
  imageSmoothingEnabled: boolean;
}

const ANCHORS: Partial<Record<CanvasTextAlign, string>> = {
  right: "end",
  end: "end",
  center: "middle",
};
/** Shares of a letter's size from a line of text to its foot. */
const FEET: Partial<Record<CanvasTextBaseline, number>> = {
  middle: 0.35,
  top: 0.8,
};
const FINE = 2; // pixels of an embedded image for each unit of the drawing

function number(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** Escapes a text for XML, which has no place for control characters. */
export function escaped(text: string): string {
  const names: Record<string, string> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
  };
  return [...text]
    .filter((letter) => letter >= " " || /[\t\n\r]/.test(letter))
    .map((letter) => names[letter] ?? letter)
    .join("");
}

async function dataUrl(canvas: OffscreenCanvas): Promise<string> {
  const blob = await canvas.convertToBlob({ type: "image/png" });
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return `data:image/png;base64,${btoa(text)}`;
}

function widthOf(text: string, font: string): number {
  const context = new OffscreenCanvas(1, 1).getContext("2d");
  if (!context) return 0;
  context.font = font;
  return context.measureText(text).width;
}

/** A canvas that writes what is drawn on it as SVG. */
export class SvgPen implements Pen {
  fillStyle: Pen["fillStyle"] = "#000";
  strokeStyle: Pen["strokeStyle"] = "#000";
  lineWidth = 1;
  lineJoin: CanvasLineJoin = "miter";
  font = "10px sans-serif";
  textAlign: CanvasTextAlign = "start";
  textBaseline: CanvasTextBaseline = "alphabetic";
  imageSmoothingEnabled = true;
  private readonly parts: (string | Promise<string>)[] = [];
  private path = "";
  private origin = { x: 0, y: 0 };
  private readonly kept: [Style, { x: number; y: number }][] = [];

  private at(x: number, y: number): [string, string] {
    return [number(x + this.origin.x), number(y + this.origin.y)];
  }

  save(): void {
    this.kept.push([{ ...(this as Style) }, { ...this.origin }]);
  }

  restore(): void {
    const [style, origin] = this.kept.pop() ?? [];
    if (!style || !origin) return;
    const { fillStyle, strokeStyle, lineWidth, lineJoin, font } = style;
    Object.assign(this, { fillStyle, strokeStyle, lineWidth, lineJoin, font });
    const { textAlign, textBaseline, imageSmoothingEnabled } = style;
    Object.assign(this, { textAlign, textBaseline, imageSmoothingEnabled });
    this.origin = origin;
  }

  translate(x: number, y: number): void {
    this.origin = { x: this.origin.x + x, y: this.origin.y + y };
  }

  beginPath(): void {
    this.path = "";
  }

  moveTo(x: number, y: number): void {
    this.path += `M${this.at(x, y).join(" ")}`;
  }

  lineTo(x: number, y: number): void {
    this.path += `${this.path ? "L" : "M"}${this.at(x, y).join(" ")}`;
  }

  stroke(): void {
    this.parts.push(
      `<path d="${this.path}" fill="none" stroke="${String(this.strokeStyle)}" ` +
        `stroke-width="${number(this.lineWidth)}" stroke-linejoin="${this.lineJoin}"/>`,
    );
  }

  fillRect(x: number, y: number, width: number, height: number): void {
    this.box(x, y, width, height, `fill="${String(this.fillStyle)}"`);
  }

  strokeRect(x: number, y: number, width: number, height: number): void {
    const stroke = `stroke="${String(this.strokeStyle)}"`;
    const thick = `stroke-width="${number(this.lineWidth)}"`;
    this.box(x, y, width, height, `fill="none" ${stroke} ${thick}`);
  }

  private box(x: number, y: number, w: number, h: number, how: string): void {
    const [left, top] = this.at(x, y);
    const [width, height] = [number(w), number(h)];
    this.parts.push(
      `<rect x="${left}" y="${top}" width="${width}" height="${height}" ${how}/>`,
    );
  }

  fillText(text: string, x: number, y: number, most = Infinity): void {
    const size = Number(/([\d.]+)px/.exec(this.font)?.[1] ?? 10);
    const family = this.font.slice(this.font.indexOf("px") + 2).trim();
    const bold = this.font.startsWith("bold") ? ' font-weight="bold"' : "";
    const foot = (FEET[this.textBaseline] ?? 0) * size;
    const [left, base] = this.at(x, y + foot);
    const anchor = ANCHORS[this.textAlign];
    const long = most < Infinity && widthOf(text, this.font) > most;
    this.parts.push(
      `<text x="${left}" y="${base}" font-family="${escaped(family)}" ` +
        `font-size="${number(size)}"${bold} fill="${String(this.fillStyle)}"` +
        (anchor ? ` text-anchor="${anchor}"` : "") +
        (long
          ? ` textLength="${number(most)}" lengthAdjust="spacingAndGlyphs"`
          : "") +
        `>${escaped(text)}</text>`,
    );
  }

  drawImage(
    source: CanvasImageSource,
    ...all:
      | [x: number, y: number]
      | [x: number, y: number, width: number, height: number]
      | [
          fromX: number,
          fromY: number,
          fromWidth: number,
          fromHeight: number,
          x: number,
          y: number,
          width: number,
          height: number,
        ]
  ): void {
    const whole = source as { width: number; height: number };
    const part = [0, 0, whole.width, whole.height];
    const size = [whole.width, whole.height];
    const [x = 0, y = 0, width = 0, height = 0] =
      all.length === 8 ? all.slice(4) : all.length === 4 ? all : [...all, ...size]; // prettier-ignore
    const from = all.length === 8 ? all.slice(0, 4) : part;
    const [fromX = 0, fromY = 0, fromWidth = 0, fromHeight = 0] = from;
    // Enlarges each pixel, because some viewers interpolate.
    const crisp = !this.imageSmoothingEnabled;
    const zoom = crisp ? Math.ceil((FINE * width) / fromWidth) : 1;
    const canvas = new OffscreenCanvas(
      Math.max(Math.round(fromWidth), 1) * zoom,
      Math.max(Math.round(fromHeight), 1) * zoom,
    );
    const context = canvas.getContext("2d");
    if (!context) return;
    context.imageSmoothingEnabled = false;
    const to = [0, 0, canvas.width, canvas.height] as const;
    context.drawImage(source, fromX, fromY, fromWidth, fromHeight, ...to);
    const [left, top] = this.at(x, y);
    const style = crisp ? ' style="image-rendering:pixelated"' : "";
    const box = `width="${number(width)}" height="${number(height)}"`;
    this.parts.push(
      dataUrl(canvas).then(
        (url) =>
          `<image x="${left}" y="${top}" ${box} preserveAspectRatio="none"` +
          `${style} href="${url}" xlink:href="${url}"/>`,
      ),
    );
  }

  /** Returns the file. */
  async finish(
    width: number,
    height: number,
    title: string,
    about: object,
  ): Promise<string> {
    const [w, h] = [number(width), number(height)];
    const parts = await Promise.all(this.parts);
    return [
      `<svg xmlns="http://www.w3.org/2000/svg" ` +
        `xmlns:xlink="http://www.w3.org/1999/xlink" ` +
        `width="${w}" height="${h}" viewBox="0 0 ${w} ${h}">`,
      `<title>${escaped(title)}</title>`,
      `<desc>${escaped(JSON.stringify(about))}</desc>`,
      ...parts,
      "</svg>\n",
    ].join("\n");
  }
}
