/** The answers of the plugin's routes; docs/http_api.md describes them. */
import type { EventHeader, FilterEntry } from "./event_header";

/** A layer in the listing. */
export interface Listed {
  tag: string;
  layer_index: number | null;
  layer_filters: number | null;
  layer_type: string | null;
  /** The newest epoch; -1 if none can be shown. */
  last: number;
  /** Opaque version; changes when the layer gains data or is rewritten. */
  stamp: string;
  /** Why the layer cannot be shown; `null` if it can. */
  fault?: string | null;
}

/** A layer as the route sends it. */
export interface Sent extends Omit<Listed, "last"> {
  last: number | null;
}

export interface Layer extends Listed {
  /** Logged epochs. Reading them fetches them; until then the list is empty. */
  readonly epochs: number[];
}

export interface Run<L extends Listed = Layer> {
  run: string;
  label: string;
  /** The label without what those of other runs share. */
  name: string;
  layers: L[];
}

/** An entry of an event's header, with the key of its image. */
export interface KeyedEntry extends FilterEntry {
  key: string;
}

/** The header of an event, reduced to the images that are sent. */
export interface ImagesHeader extends EventHeader {
  filters: KeyedEntry[];
}

export interface LayerEvent {
  step: number;
  wall_time: number;
  header: ImagesHeader;
  images: Map<string, Blob | string>;
  entries: Map<string, KeyedEntry>;
  extra: (Blob | string)[];
}

export interface Images {
  events: LayerEvent[];
  missing: number[];
  /** Steps to ask for again, because all would have taken too long. */
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
  layer: Partial<EventHeader>[];
  missing: number[];
  left: number[];
  errors: { step: number; error: string }[];
}

/** Why an epoch, or everything if `step` is null, cannot be shown. */
export interface Fault {
  step: number | null;
  error: string;
}

export interface Epochs {
  epochs: number[];
  wall_times: number[];
  errors: Fault[];
}

/** Two filters, and the correlation of their responses. */
export interface Correlated {
  key: string;
  other: string;
  r: number;
}

export interface Match {
  /** Pairs in which each filter has at most one partner. */
  pairs: Correlated[];
  /** Each filter and its nearest, which may be the partner of another. */
  nearest: Correlated[];
  /** The same for the filters of the other layer. */
  other_nearest: Correlated[];
  cka: number | null;
  /** Why the layers cannot be compared; `null` if they can. */
  reason: string | null;
}

/** The similarity of two layers at each epoch that both have. */
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

/** Which filters of a layer respond alike. */
export interface Relations {
  keys: string[];
  /** Filters that do the same, in groups of two or more. */
  groups: string[][];
  /** For each filter, the one that responds most like it, and how much. */
  nearest: (string | null)[];
  r: number[];
  /** Places on a map, -1 to 1, those that respond alike close together. */
  x: number[];
  y: number[];
  /** Why nothing is known; `null` if it is. */
  reason: string | null;
}

/** The classes of the exemplars of each filter. */
export interface Classes {
  keys: string[];
  classes: number[][];
  /** Names of classes by number, as far as they are logged. */
  names: Record<string, string>;
}

/** A layer at a step, as the overview shows it. */
export interface Cell {
  run: string;
  tag: string;
  step: number;
  /** Why nothing is known; `null` if it is. */
  error: string | null;
  counts?: Counts;
  /** The best filters, the best first. */
  best?: { key: string; status: string | null; score: number | null }[];
  /** Its event, with images of the first of them. */
  event: LayerEvent | null;
}

/**
 * Numbers of filters of a layer at a step, by their state. Each filter is
 * counted once: a weak one is neither settled nor changing.
 */
export interface Counts {
  /** Filters that are logged. */
  logged: number;
  dead: number;
  weak: number;
  flat: number;
  plain: number;
  settled: number;
  changing: number;
}
