/** The answers of the plugin's routes. */

/** A layer as it is listed. */
export interface Listed {
  tag: string;
  layer_index: number | null;
  layer_filters: number | null;
  layer_type: string | null;
  /** The newest epoch; -1 where there is none to show. */
  last: number;
  /** Another one whenever something was logged of the layer. */
  stamp: string;
  /** Why nothing of it can be shown; `null` if it can. */
  fault?: string | null;
}

/** A layer as it is sent. */
export interface Sent extends Omit<Listed, "last"> {
  last: number | null;
}

export interface Layer extends Listed {
  /** Logged epochs; empty until they are known, which reading this starts. */
  readonly epochs: number[];
}

export interface Run<L extends Listed = Layer> {
  run: string;
  label: string;
  layers: L[];
}

export interface FilterEntry {
  key: string;
  filter: number | null;
  score?: number | null;
  status?: string;
  [measure: string]: unknown;
}

export interface Header {
  value_range: [number, number];
  mime: string;
  height: number;
  width: number;
  channels: number;
  filters: FilterEntry[];
  settings?: Record<string, unknown>;
  receptive_field?: [number, number] | null;
  seconds?: number;
  exemplars?: { extra: number; columns: number; count: number };
}

export interface LayerEvent {
  step: number;
  wall_time: number;
  header: Header;
  images: Map<string, Blob | string>;
  entries: Map<string, FilterEntry>;
  extra: (Blob | string)[];
}

export interface Images {
  events: LayerEvent[];
  missing: number[];
  /** Steps to ask for again: all would have taken too long. */
  left: number[];
  errors: { step: number; error: string }[];
}

export interface Series {
  epochs: number[];
  wall_times: number[];
  keys: string[];
  filters: (number | null)[];
  values: Record<string, (number | null)[][]>;
  status: (string | null)[][];
  layer: Partial<Header>[];
  missing: number[];
  left: number[];
  errors: { step: number; error: string }[];
}

/** What cannot be shown: an epoch, or all where `step` is null, and why. */
export interface Fault {
  step: number | null;
  error: string;
}

export interface Epochs {
  epochs: number[];
  wall_times: number[];
  errors: Fault[];
}

export interface Match {
  pairs: { key: string; other: string; r: number }[];
  cka: number | null;
  /** Why they cannot be compared; `null` if they can. */
  reason: string | null;
}

/** Similarity of two layers at each epoch that both have. */
export interface Alike {
  epochs: number[];
  cka: number[];
  r: number[];
  reason: string | null;
}

export interface Side {
  run: string;
  tag: string;
  step: number;
}
