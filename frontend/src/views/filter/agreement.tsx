/** Whether the image and the exemplars of a filter look alike. */
import { decimals } from "../../render/format";
import { known } from "../../components/exemplars";
import { coloursOf, greysOf, partOf } from "../../components/patches";
import { image } from "../../data/images";
import { correlation } from "../../render/correlation";
import type { Pixels } from "../../render/pixels";
import { meanOf } from "../../render/channels";
import type { Place } from "../../state/schema";

const ALIKE = 0.4; // correlation of an image that shows what the patches show
const UNLIKE = 0.15;

/** Resizes an image by nearest-neighbour interpolation. */
export function resized(from: Pixels, width: number, height: number): Pixels {
  const { channels } = from;
  const data = new Uint8ClampedArray(width * height * channels);
  for (let y = 0; y < height; y++) {
    const row = Math.floor(((y + 0.5) * from.height) / height) * from.width;
    for (let x = 0; x < width; x++) {
      const at = row + Math.floor(((x + 0.5) * from.width) / width);
      for (let c = 0; c < channels; c++) {
        data[(y * width + x) * channels + c] =
          from.data[at * channels + c] ?? 0;
      }
    }
  }
  return { width, height, channels, data };
}

/** Returns the middle of an image, of so many rows and columns at most. */
export function middleOf(
  from: Pixels,
  [rows, columns]: readonly [rows: number, columns: number],
): Pixels {
  const height = Math.min(rows, from.height);
  const width = Math.min(columns, from.width);
  const top = Math.floor((from.height - height) / 2);
  const left = Math.floor((from.width - width) / 2);
  const { channels } = from;
  const data = new Uint8ClampedArray(width * height * channels);
  for (let y = 0; y < height; y++) {
    const start = ((top + y) * from.width + left) * channels;
    data.set(
      from.data.subarray(start, start + width * channels),
      y * width * channels,
    );
  }
  return { width, height, channels, data };
}

/** Turns a row of values for each channel into the channels of each point. */
function withChannelsLast(rows: Uint8ClampedArray, channels: number) {
  const length = rows.length / channels;
  return Uint8ClampedArray.from(
    rows,
    (_, i) => rows[(i % channels) * length + Math.floor(i / channels)] ?? 0,
  );
}

/** Returns a sentence on the correlation of an image and the mean of patches. */
export function inWords(r: number, signal = false): string {
  const each = signal ? "Point by point" : "Pixel by pixel";
  if (r >= ALIKE) return "The image looks like the real inputs";
  if (r >= UNLIKE) return "The image looks a little like the real inputs";
  return `${each}, the image does not match the real inputs: it may show a part of them, or what is elsewhere in each of them`;
}

export function Agreement({ here }: { here: Place }) {
  const found = image(here.run, here.tag, here.epoch, here.key).value;
  const exemplars = known(here);
  if (found.kind !== "ready" || !exemplars) return null;
  if ((found.header.depth ?? 1) > 1) return null; // a volume has no mean picture
  if (found.entry.status === "dead") return null; // no input excites it
  const [from, { cells }] = exemplars;
  const [first] = cells;
  if (first === undefined) return null;
  const { width, height } = partOf(from, first);
  const inColour = found.pixels.channels === 3 && !from.signal;
  const all = cells.map((cell) =>
    inColour ? coloursOf(from, cell) : greysOf(from, cell),
  );
  const mean = Uint8ClampedArray.from(
    { length: all[0]?.length ?? 0 },
    (_, i) => all.reduce((sum, one) => sum + (one[i] ?? 0), 0) / all.length,
  );
  const curves = from.signal && !from.averaged;
  const own = inColour || curves ? found.pixels : meanOf(found.pixels);
  const field = found.header.receptive_field;
  const seen = field ? middleOf(own, [field[0] ?? 1, field[1] ?? 1]) : own;
  const r = correlation(resized(seen, width, curves ? 1 : height), {
    width,
    height: curves ? 1 : height,
    channels: own.channels,
    data: curves ? withChannelsLast(mean, height) : mean,
  });
  return (
    <li data-testid="agreement">
      {inWords(r, from.signal)} (correlation with their mean {decimals(r)}).
    </li>
  );
}
