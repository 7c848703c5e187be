/** The earlier filters that a filter is built from, with their weights. */
import { useEffect, useRef } from "preact/hooks";
import type { EventHeader } from "../api/event_header";
import {
  pictureOf,
  readInputs,
  weightPictures,
  type Input,
  type Picture,
} from "../data/filter_inputs";
import { image } from "../data/images";
import { layerOf } from "../data/runs";
import { dark } from "../render/theme";
import type { Place } from "../state/schema";
import { update } from "../state/state";
import { FilterImage } from "./filter_image";

const WEIGHT = 24; // pixels of the picture of weights
const LEAST = 8; // pixels of its shorter side, of a signal

/**
 * The filters that excite and inhibit a filter most, with their weights.
 *
 * @param size Pixels of an image.
 */
export function FilterInputs({ here, size }: { here: Place; size: number }) {
  const { run, tag, epoch, key } = here;
  const found = image(run, tag, epoch, key).value;
  if (found.kind !== "ready") return null;
  const { header, entry } = found;
  const inputs = readInputs(entry);
  if (!inputs || !header.inputs) return null;
  const pixels = weightPictures(run, tag, epoch, found.wallTime);
  const row = entry.inputs?.row ?? 0;
  const rest = { here, header, size };
  const draw = ({ index }: Input) =>
    pixels && pictureOf(pixels, header, row, index);
  return (
    <section class="filter-inputs" data-testid="filter-inputs">
      <h3>Built from {header.inputs.layer}</h3>
      <Group {...rest} name="Excited by" of={inputs.excited} draw={draw} />
      <Group {...rest} name="Inhibited by" of={inputs.inhibited} draw={draw} />
    </section>
  );
}

interface GroupProps {
  here: Place;
  header: EventHeader;
  size: number;
  name: string;
  of: Input[];
  draw: (input: Input) => Picture | null;
}

function Group({ here, header, size, name, of, draw }: GroupProps) {
  if (!of.length) return null;
  const tag = header.inputs?.layer ?? "";
  const epoch = epochOf(here, tag);
  return (
    <div role="group" aria-label={name}>
      <p class="meta">{name}</p>
      <div class="filter-inputs-row">
        {of.map((input) => {
          const { key, weight } = input;
          const picture = draw(input);
          return (
            <button
              type="button"
              key={key}
              class="filter-input"
              title={`${tag}, filter ${key}, weight ${weight}`}
              style={{ width: `${size}px` }}
              onClick={() => update({ layer: tag, filter: key })}
            >
              <FilterImage
                run={here.run}
                {...{ tag, epoch, size }}
                filter={key}
              />
              <span class="filter-input-about">
                {picture && <Weights picture={picture} />}
                <span class="unseen">{tag}, filter </span>
                {key}
                <span class="unseen"> of weight </span>
              </span>
              <span>{signed(weight)}</span>
            </button>
          );
        })}
      </div>
    </div>
  );
}

/** Returns the epoch if the earlier layer is logged then, else its newest. */
function epochOf({ run, epoch }: Place, tag: string): number {
  const layer = layerOf(run, tag);
  if (!layer || layer.epochs.includes(epoch)) return epoch;
  return layer.last >= 0 ? layer.last : epoch;
}

function signed(weight: number): string {
  const text = String(Number(Math.abs(weight).toPrecision(2)));
  return weight < 0 ? `−${text}` : `+${text}`;
}

/** Weights as colours: orange excites, blue inhibits. */
function Weights({ picture }: { picture: Picture }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width, height, weights } = picture;
  const values = weights.join();
  useEffect(() => {
    if (!canvas.current) return;
    canvas.current.width = width;
    canvas.current.height = height;
    const context = canvas.current.getContext("2d");
    context?.putImageData(coloured(picture, dark.value), 0, 0);
  }, [width, height, values, dark.value]);
  const scale = WEIGHT / Math.max(width, height);
  return (
    <canvas
      ref={canvas}
      class="crisp"
      style={{
        width: `${Math.max(width * scale, LEAST)}px`,
        height: `${Math.max(height * scale, LEAST)}px`,
      }}
      aria-hidden="true"
    />
  );
}

const EXCITES = [230, 97, 1];
const INHIBITS = [33, 102, 172];

function coloured(
  { width, height, weights }: Picture,
  isDark: boolean,
): ImageData {
  const none = isDark ? 48 : 240;
  const rgba = weights.flatMap((weight) => {
    const ink = weight > 0 ? EXCITES : INHIBITS;
    const share = Math.min(Math.abs(weight), 1);
    return [...ink.map((c) => none + (c - none) * share), 255];
  });
  return new ImageData(new Uint8ClampedArray(rgba), width, height);
}
