/** The state of the dashboard. */

export const VIEWS = {
  grid: "Grid",
  time: "Over time",
  layers: "Layers",
  runs: "Across runs",
  compare: "Compare",
} as const;
export type View = keyof typeof VIEWS;

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

export interface State {
  view: View;
  run: string | null;
  layer: string | null;
  /** `null` for the newest epoch. */
  epoch: number | null;
  filter: string | null;
  size: number;
  /** An order of selection/order.ts, or the name of a measure. */
  sort: string;
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
  compare: Comparison;
  inspector: boolean;
}

export const DEFAULTS: State = {
  view: "grid",
  run: null,
  layer: null,
  epoch: null,
  filter: null,
  size: 96,
  sort: "index",
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
  compare: "side",
  inspector: true,
};

export const SIZES = { least: 32, most: 256 };
