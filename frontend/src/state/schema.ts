/** The state of the dashboard. */

/** The views of the toolbar. */
export const VIEWS = {
  overview: "Overview",
  grid: "Layer",
  time: "Over time",
  runs: "Runs",
} as const;

/** Pages that a view opens, and that view. */
export const PAGES = {
  filter: "grid",
  across: "runs",
  compare: "runs",
} as const;

export type View = keyof typeof VIEWS | keyof typeof PAGES;

/** Returns the view of the toolbar that a page belongs to. */
export function viewOf(view: View): keyof typeof VIEWS {
  return view in PAGES
    ? PAGES[view as keyof typeof PAGES]
    : (view as keyof typeof VIEWS);
}

export const COMPARISONS = {
  side: "Side by side",
  swipe: "Swipe",
  blink: "Blink",
  difference: "Difference",
} as const;
export type Comparison = keyof typeof COMPARISONS;

export const NORMALIZATIONS = {
  optimized: "As optimized",
  each: "Stretch each",
  layer: "Stretch the layer",
  standardize: "Standardize",
  positive: "Positive part",
} as const;

export type Normalization = keyof typeof NORMALIZATIONS;

/** Names an image: a filter of a layer of a run at an epoch. */
export interface Place {
  run: string;
  tag: string;
  epoch: number;
  key: string;
}

/** Whether two places name the same image. */
export function isSame(a: Place, b: Place): boolean {
  return (
    a.run === b.run && a.tag === b.tag && a.epoch === b.epoch && a.key === b.key
  );
}

export interface State {
  view: View;
  run: string | null;
  layer: string | null;
  /** `null` for the newest epoch. */
  epoch: number | null;
  filter: string | null;
  /** Pixels of an image; `null` for the size that fits the window. */
  size: number | null;
  /** An order of selection/order.ts, or the name of a measure. */
  sort: string;
  /** The filter that others are ordered by their similarity to. */
  anchor: string | null;
  reverse: boolean;
  search: string;
  norm: Normalization;
  /** Whether the pixels of small images are interpolated. */
  smooth: boolean;
  /** The channel to show of many: "" (all), "mean", or its number. */
  channel: string;
  /** The slice of a volume to show; `null` for the middle one. */
  slice: number | null;
  /** Whether exemplars are laid over the tiles. */
  exemplars: boolean;
  pins: string[];
  a: Place | null;
  b: Place | null;
  /** The run and epoch that the ledger compares with; `null` by default. */
  against: { run: string; epoch: number | null } | null;
  compare: Comparison;
  inspector: boolean;
}

export const DEFAULTS: State = {
  view: "overview",
  run: null,
  layer: null,
  epoch: null,
  filter: null,
  size: null,
  sort: "index",
  anchor: null,
  reverse: false,
  search: "",
  norm: "optimized",
  smooth: false,
  channel: "",
  slice: null,
  exemplars: false,
  pins: [],
  a: null,
  b: null,
  against: null,
  compare: "side",
  inspector: true,
};

export const SIZES = { least: 24, most: 512 };
