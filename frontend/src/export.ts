/** Saves what is seen as files that say what they are. */
import { image } from "./images";
import { runs } from "./logs";
import { scaling, toRgba, type Bounds, type Pixels } from "./pixels";
import { state, type Place } from "./state";

function settled(place: Place): Promise<Pixels | null> {
  const { run, tag, epoch, key } = place;
  const found = image(run, tag, epoch, key);
  return new Promise((resolve) => {
    const stop = found.subscribe((value) => {
      if (value.kind === "loading") return;
      resolve(value.kind === "ready" ? value.pixels : null);
      queueMicrotask(() => stop());
    });
  });
}

function picture(pixels: Pixels, shared: Bounds | null): OffscreenCanvas {
  const canvas = new OffscreenCanvas(pixels.width, pixels.height);
  const rgba = toRgba(pixels, scaling(pixels, state.value.norm, 0, shared));
  canvas
    .getContext("2d")
    ?.putImageData(new ImageData(rgba, pixels.width, pixels.height), 0, 0);
  return canvas;
}

/** A file name that tells run, layer, filter, epoch and normalization. */
export function fileName(
  parts: (string | number)[],
  extension: string,
): string {
  const name = [...parts, state.value.norm].join("_");
  return `${name.replace(/[^\w.+-]+/g, "-").slice(0, 150)}.${extension}`;
}

function labelOf(run: string): string {
  return runs.value.find((r) => r.run === run)?.label ?? run;
}

async function save(canvas: OffscreenCanvas, name: string): Promise<void> {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await canvas.convertToBlob());
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Saves one image, pixel for pixel. */
export async function saveImage(place: Place): Promise<void> {
  const pixels = await settled(place);
  if (!pixels) return;
  const { run, tag, key, epoch } = place;
  const name = fileName(
    [labelOf(run), tag, `filter-${key}`, `epoch-${epoch}`],
    "png",
  );
  await save(picture(pixels, null), name);
}

/** Saves images side by side in rows, each with a caption, under a title. */
export async function saveSheet(
  places: { place: Place; caption: string }[],
  columns: number,
  title: string,
  parts: (string | number)[],
): Promise<void> {
  const found = await Promise.all(places.map(({ place }) => settled(place)));
  const largest = Math.max(...found.map((p) => p?.width ?? 0), 1);
  const zoom = Math.max(1, Math.round(96 / largest));
  const tile = largest * zoom;
  const step = { x: tile + 8, y: tile + 24 };
  const rows = Math.ceil(places.length / columns);
  const width = Math.max(columns * step.x + 8, 320);
  const canvas = new OffscreenCanvas(width, rows * step.y + 40);
  const context = canvas.getContext("2d");
  if (!context) return;
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = "#212121";
  context.imageSmoothingEnabled = state.value.smooth;
  context.font = "14px Roboto, sans-serif";
  context.fillText(title, 8, 22);
  context.font = "11px Roboto, sans-serif";
  places.forEach(({ caption }, i) => {
    const x = 8 + (i % columns) * step.x;
    const y = 32 + Math.floor(i / columns) * step.y;
    const pixels = found[i];
    if (pixels) context.drawImage(picture(pixels, null), x, y, tile, tile);
    context.fillText(
      pixels ? caption : `${caption}: not logged`,
      x,
      y + tile + 13,
      tile,
    );
  });
  await save(canvas, fileName(parts, "png"));
}
