/** Two images: side by side, swiped, blinking, or as a difference. */
import { decimals } from "../../render/format";
import { useEffect, useState } from "preact/hooks";
import { Difference, Meaning } from "./difference";
import { Lens, LensButtons } from "./lens";
import { Slot } from "./slot";
import {
  noComparison,
  pairedByNumber,
  presets,
  slots,
  type Pair,
  type Preset,
} from "../../selection/comparison";
import { correlation } from "../../render/correlation";
import { Icon } from "../../components/icons";
import { image } from "../../data/images";
import { missingPlace } from "../../selection/missing";
import { COMPARISONS, isSame, type Place } from "../../state/schema";
import { state, update } from "../../state/state";
import { CopyLink } from "../../components/copy_link";
import { ExemplarRow } from "../../components/exemplars";
import { availableSpace } from "../../selection/available_space";
import { Segmented } from "../../components/segmented";
import { SaveMenu } from "../../export/menu";
import { RunsPages } from "../runs_pages";
import { FilterImage } from "../../components/filter_image";

const BLINK = 600; // milliseconds
const PADDING = 32; // pixels left and right of the page
const GAP = 16; // between two images
const ABOVE = 236; // pixels of the controls above the images
const LEAST = 140; // pixels of an image
const BESIDE = 200; // pixels beside the images that hold the patches
const LABEL = 24; // pixels above the patches of one image

export function Compare() {
  const pair = slots();
  const { width, height } = availableSpace.value;
  const half = Math.floor((width - PADDING - GAP) / 2);
  const size = Math.max(Math.min(half, height - ABOVE), LEAST);
  return <div class="compare">{pair && <Both pair={pair} size={size} />}</div>;
}

function Both({ pair, size }: { pair: Pair; size: number }) {
  const { a, b } = pair;
  const usual = presets();
  const beside = sideOf(size);
  const noted = noComparison(pair) ?? pairedByNumber(pair) ?? whyNot(usual);
  return (
    <>
      <div class="row">
        <RunsPages />
        <div class="segmented" role="group" aria-label="What to compare">
          {usual.map(({ name, pair: wanted, note }) => (
            <button
              key={name}
              type="button"
              disabled={wanted === null}
              title={note}
              aria-pressed={
                wanted !== null &&
                JSON.stringify(wanted) === JSON.stringify(pair)
              }
              onClick={() => wanted && update({ ...wanted })}
            >
              {name}
            </button>
          ))}
        </div>
        <SaveMenu here={b} pair={pair} />
        <CopyLink />
        {noted && (
          <span class="meta" data-testid="counterpart">
            {noted}
          </span>
        )}
      </div>
      <div class="slots">
        <Slot name="A" place={a} change={(to) => update({ a: to, b })} />
        <button
          type="button"
          class="icon"
          aria-label="Swap A and B"
          title="Swap A and B (x)"
          onClick={() => update({ a: b, b: a })}
        >
          <Icon name="swap" />
        </button>
        <Slot name="B" place={b} change={(to) => update({ a, b: to })} />
      </div>
      <div class="row">
        <Segmented
          label="How to compare"
          choices={COMPARISONS}
          chosen={state.value.compare}
          choose={(compare) => update({ compare })}
        />
        <LensButtons />
        <Alike a={a} b={b} />
      </div>
      <div class="pair-and-inputs">
        <Shown pair={pair} size={size} />
        {beside > 0 && <Patches pair={pair} side={beside} columns={3} />}
      </div>
      <p class="meta">
        Scroll or press + and - to zoom; drag or use the arrow keys to pan. Both
        images move together.
      </p>
      {beside === 0 && <Patches pair={pair} side={size} />}
    </>
  );
}

/** Says why a usual comparison does not exist for the filter. */
function whyNot(usual: Preset[]): string {
  const lacking = usual.find((one) => one.lacking);
  return lacking ? `${lacking.name}: ${lacking.note}` : "";
}

/** Returns the width left for patches beside the images; 0 if too small. */
function sideOf(size: number): number {
  const images = state.value.compare === "side" ? 2 : 1;
  const rest = availableSpace.value.width - PADDING - images * (size + GAP);
  return rest < BESIDE ? 0 : Math.min(rest, size / 2 - LABEL);
}

interface PatchesProps {
  pair: Pair;
  /** Pixels of a row of patches. */
  side: number;
  columns?: number;
}

/** The real inputs of both images. */
function Patches({ pair: { a, b }, side, columns }: PatchesProps) {
  return (
    <div class={columns ? "beside-pair" : "below-pair"}>
      {[a, b].map((place, i) => (
        <div key={i} style={{ width: `${side}px` }}>
          {columns && <p class="meta">Real inputs of {i ? "B" : "A"}</p>}
          {missingPlace(place) === null && (
            <ExemplarRow
              here={place}
              size={columns ? side : Math.min(side, 560)}
              columns={columns}
            />
          )}
        </div>
      ))}
    </div>
  );
}

/** The correlation of the two images. */
function Alike({ a, b }: Pair) {
  if (isSame(a, b) || missingPlace(a) || missingPlace(b)) return null;
  const [first, second] = [a, b].map(
    ({ run, tag, epoch, key }) => image(run, tag, epoch, key).value,
  );
  if (first?.kind !== "ready" || second?.kind !== "ready") return null;
  if (first.pixels.data.length !== second.pixels.data.length) return null;
  const r = correlation(first.pixels, second.pixels);
  return (
    <span class="meta" data-testid="alike">
      Correlation of the images <b>{decimals(r)}</b>
    </span>
  );
}

function Shown({ pair: { a, b }, size }: { pair: Pair; size: number }) {
  switch (state.value.compare) {
    case "swipe":
      return <Swipe a={a} b={b} size={size} />;
    case "blink":
      return <Blink a={a} b={b} size={size} />;
    case "difference":
      return (
        <div>
          <Lens size={size} label="Difference">
            <Difference a={a} b={b} size={size} />
          </Lens>
          <Meaning a={a} />
        </div>
      );
    default:
      return (
        <div class="pair">
          <Lens size={size} label="A">
            <Whole place={a} size={size} />
          </Lens>
          <Lens size={size} label="B">
            <Whole place={b} size={size} />
          </Lens>
        </div>
      );
  }
}

function Whole({ place, size }: { place: Place; size: number }) {
  const { run, tag, epoch, key } = place;
  const problem = missingPlace(place);
  if (problem) return <p class="note">{problem}</p>;
  return <FilterImage {...{ run, tag, epoch, size }} filter={key} />;
}

interface Props extends Pair {
  size: number;
}

function Swipe({ a, b, size }: Props) {
  const [at, setAt] = useState(50);
  return (
    <div>
      <Lens size={size} label="A left, B right of the line">
        <div class="stack">
          <Whole place={a} size={size} />
        </div>
        <div class="stack" style={{ clipPath: `inset(0 0 0 ${at}%)` }}>
          <Whole place={b} size={size} />
        </div>
        <div class="swipe-line" style={{ left: `${at}%` }} />
      </Lens>
      <label class="under" style={{ width: `${size}px` }}>
        A
        <input
          type="range"
          min={0}
          max={100}
          value={at}
          aria-label="How much of A is shown"
          onInput={(event) => setAt(Number(event.currentTarget.value))}
        />
        B
      </label>
    </div>
  );
}

function Blink({ a, b, size }: Props) {
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const [second, setSecond] = useState(false);
  const [running, setRunning] = useState(!still);
  useEffect(() => {
    if (!running) return undefined;
    const timer = setInterval(() => setSecond((now) => !now), BLINK);
    return () => clearInterval(timer);
  }, [running]);
  return (
    <div>
      <Lens size={size} label={`Showing ${second ? "B" : "A"}`}>
        <div class="stack">
          <Whole place={a} size={size} />
        </div>
        <div
          class="stack"
          style={{ visibility: second ? "visible" : "hidden" }}
        >
          <Whole place={b} size={size} />
        </div>
      </Lens>
      <div class="row">
        <button type="button" onClick={() => setRunning(!running)}>
          {running ? "Stop" : "Blink"}
        </button>
        <button type="button" onClick={() => setSecond(!second)}>
          Showing {second ? "B" : "A"}
        </button>
      </div>
    </div>
  );
}
