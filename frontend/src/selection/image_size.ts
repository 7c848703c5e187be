/** The size at which the present view shows its images. */
import { computed } from "@preact/signals";
import { part, view } from "../state/state";
import { SIZES } from "../state/schema";
import { fitting, isWide, availableSpace, type Size } from "./available_space";
import { ledger } from "./ledger";
import { comparableRuns } from "./other_run";
import { epochs, layer, run } from "./shown";
import { loggedFilters, tileCount } from "./tile_count";

const chosenSize = part("size");

const SIDE = 36; // pixels beside the tiles of a page, with their frames
const ABOVE = 62; // above and below them
const HEADER = 112; // of a row of a table
const SCROLLBAR = 16;
const HEADERS = HEADER + SCROLLBAR; // beside the cells of a table
// Above the rows of runs: what they are, their similarity, and epochs.
const ABOVE_RUNS = { with: 220, without: 130 }; // a chart
const CHART = {
  above: { width: 340, height: 110 },
  least: { width: 560, height: 320 }, // elsewhere
  most: { width: 1200, height: 420 },
};
const ABOVE_ROWS = 74; // a sentence and the heads of the columns
const LEAST_BESIDE = 72; // pixels of an image in rows beside each other
const ROWS = 6; // of a table that are in view at least
const PAGE = 32; // beside the ledger
const ABOVE_CARDS = 190; // controls, and the headings of two bands
const LAYER = { width: 218, height: 76 }; // a layer of the ledger, with gaps
const CARD = { width: 36, height: 31 }; // of a card, without its images
const BETWEEN = 2; // an image and its exemplars
const GAP = 8; // between two cards

function clamped(size: number, least: number, most: number): number {
  return Math.min(Math.max(Math.floor(size / 4) * 4, least), most);
}

/** Two filters of the ledger, with their exemplars, fill the page together. */
function ofCards({ width, height }: Size): number {
  const shown = ledger.value;
  const chosen = shown?.chosen;
  const inside = width - PAGE;
  const columns = Math.max(Math.floor((inside + GAP) / LAYER.width), 1);
  const layers = Math.ceil((shown?.all.length ?? 0) / columns) * LAYER.height;
  const images = chosen?.exemplars ? 4 : 2;
  const beside = CARD.width + (images === 4 ? 2 * BETWEEN : 0);
  const least = isWide.value ? 104 : 72;
  const count = chosen?.filters || loggedFilters();
  const size = fitting(
    count,
    { width: inside, height: height - ABOVE_CARDS - layers },
    { gap: GAP, images, beside, caption: CARD.height, least },
  );
  // Rows end where the page does: with one more card if it is not too small.
  const across = (inside + GAP) / (images * size + beside + GAP);
  const filling = (cards: number) =>
    ((inside + GAP) / Math.max(cards, 1) - GAP - beside) / images;
  if (across > count) return size;
  const more = filling(Math.ceil(across));
  const each = more < least ? filling(Math.floor(across)) : more;
  return clamped(each, SIZES.least, SIZES.most);
}

/** The height at which all runs of the page across runs are in view. */
function ofFewRuns(above: number): number {
  if (!run.value || !layer.value) return 0;
  const { shown } = comparableRuns(run.value, layer.value.tag);
  const each = (availableSpace.value.height - above) / shown.length;
  return Math.min(each - 4, SIZES.most);
}

/** The size at which all epochs are in view, within limits. */
function ofColumns(most: number): number {
  const { width, height } = availableSpace.value;
  const columns = Math.max(epochs.value.length, 1);
  const size = (width - HEADERS) / columns - 4;
  // Below the images are the words of a match.
  return clamped(size, 72, Math.max(128, height / ROWS, most));
}

/** How a table of filters by epochs fills the page. */
interface Rows {
  size: number;
  /** Filters beside each other. */
  beside: number;
}

/** Pixels of an image in rows of so many filters beside each other. */
function sizeInRows(beside: number, width: number): number {
  const columns = Math.max(epochs.value.length, 1);
  return (width - SCROLLBAR - beside * HEADER) / (beside * columns) - 4;
}

/**
 * The largest images at which all filters are in view; where these would be
 * small, rows of filters that are about as large as a table has them.
 */
function ofRows(): Rows {
  const { width, height } = availableSpace.value;
  const wanted = Math.max(128, height / ROWS);
  const count = Math.max(tileCount.value, 1);
  const plans = Array.from({ length: count }, (_, i) => i + 1)
    .map((beside) => {
      const across = sizeInRows(beside, width);
      const down = (height - ABOVE_ROWS) / Math.ceil(count / beside) - 4;
      return { beside, across, down };
    })
    .filter(({ beside, across }) => beside === 1 || across >= LEAST_BESIDE);
  const whole = plans.map(({ beside, across, down }) => ({
    beside,
    size: Math.min(across, down),
  }));
  const largest = whole.reduce((a, b) => (b.size > a.size ? b : a));
  const nearest = plans
    .map(({ beside, across }) => ({ beside, size: across }))
    .reduce((a, b) =>
      Math.abs(Math.log(b.size / wanted)) < Math.abs(Math.log(a.size / wanted))
        ? b
        : a,
    );
  const { beside, size } = largest.size >= wanted ? largest : nearest;
  return { beside, size: clamped(size, 48, SIZES.most) };
}

/** Filters beside each other in the table of filters by epochs. */
export const filtersBeside = computed<number>(() => {
  const size = chosenSize.value;
  if (size === null) return ofRows().beside;
  const block = HEADER + Math.max(epochs.value.length, 1) * (size + 4);
  const fits = Math.floor((availableSpace.value.width - SCROLLBAR) / block);
  return Math.max(Math.min(fits, tileCount.value), 1);
});

/** Where the chart of the page across runs stands, and how large it is. */
export interface ChartPlace extends Size {
  place: "above" | "beside" | "below";
  /** Pixels beside or below the table. */
  room: number;
}

function sizeAcross(above: number): number {
  return chosenSize.value ?? ofColumns(ofFewRuns(above));
}

/** In wide windows, the chart fills what the table leaves empty. */
export const chartPlace = computed<ChartPlace>(() => {
  const above: ChartPlace = { place: "above", room: 0, ...CHART.above };
  if (!isWide.value || !run.value || !layer.value) return above;
  const { width, height } = availableSpace.value;
  const size = sizeAcross(ABOVE_RUNS.without);
  const columns = Math.max(epochs.value.length, 1);
  const rows = comparableRuns(run.value, layer.value.tag).shown.length;
  const right = width - HEADERS - columns * (size + 4);
  if (right >= CHART.least.width) {
    return {
      place: "beside",
      room: right,
      width: right,
      height: CHART.most.height,
    };
  }
  const rest = height - ABOVE_RUNS.without - rows * (size + 4);
  return rest >= CHART.least.height
    ? {
        place: "below",
        room: rest,
        width: Math.min(width, CHART.most.width),
        height: Math.min(rest, CHART.most.height),
      }
    : above;
});

function fitted(): number {
  const { width, height } = availableSpace.value;
  switch (view.value) {
    case "grid": {
      const inside = { width: width - SIDE, height: height - ABOVE };
      return fitting(tileCount.value, inside, { most: 400 });
    }
    case "time":
      return ofRows().size;
    case "across":
      return sizeAcross(
        ABOVE_RUNS[chartPlace.value.place === "above" ? "with" : "without"],
      );
    case "runs":
      return ofCards(availableSpace.value);
    default:
      return 96;
  }
}

/** The chosen size, or the one that fits the window. */
export const imageSize = computed<number>(() => chosenSize.value ?? fitted());
