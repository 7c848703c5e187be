/** Whether the image and the exemplars of a filter look alike. */
import { decimals } from "../../render/format";
import { known } from "../../components/exemplars";
import { greysOf, partOf } from "../../components/patches";
import { image } from "../../data/images";
import { correlation } from "../../render/correlation";
import type { Pixels } from "../../render/pixels";
import { meanOf } from "../../render/channels";
import type { Place } from "../../state/schema";

const ALIKE = 0.4; // correlation of an image that shows what the patches show
const UNLIKE = 0.15;

/** Resizes a grey image by nearest-neighbour interpolation. */
export function resized(from: Pixels, width: number, height: number): Pixels {
  const data = new Uint8ClampedArray(width * height);
  for (let y = 0; y < height; y++) {
    const row = Math.floor(((y + 0.5) * from.height) / height) * from.width;
    for (let x = 0; x < width; x++) {
      data[y * width + x] =
        from.data[row + Math.floor(((x + 0.5) * from.width) / width)] ?? 0;
    }
  }
  return { width, height, channels: 1, data };
}

export function Agreement({ here }: { here: Place }) {
  const found = image(here.run, here.tag, here.epoch, here.key).value;
  const exemplars = known(here);
  if (found.kind !== "ready" || !exemplars) return null;
  if ((found.header.depth ?? 1) > 1) return null; // a volume has no mean picture
  const [from, { cells }] = exemplars;
  const [first] = cells;
  if (first === undefined) return null;
  const { width, height } = partOf(from, first);
  const all = cells.map((cell) => greysOf(from, cell));
  const mean = Uint8ClampedArray.from(
    { length: width * height },
    (_, i) => all.reduce((sum, one) => sum + (one[i] ?? 0), 0) / all.length,
  );
  const own = resized(meanOf(found.pixels), width, height);
  const r = correlation(own, { width, height, channels: 1, data: mean });
  const said =
    r >= ALIKE
      ? "The image looks like the real inputs"
      : r >= UNLIKE
        ? "The image looks a little like the real inputs"
        : "The image does not look like the real inputs: it may show only a part of what excites the filter";
  return (
    <li data-testid="agreement">
      {said} (correlation with their mean {decimals(r)}).
    </li>
  );
}
