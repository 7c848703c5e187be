/**
 * The types of an event's header; docs/event_format.md describes each key.
 *
 * Written by `python -m tb_actmax.records.typescript`: change
 * tb_actmax/records/header.py instead.
 */

/** How the images of an event were made. */
export interface SettingsHeader {
  steps?: number;
  warm_steps?: number;
  seed?: number;
  probe?: number;
  cold?: boolean;
  pull?: boolean;
}

/** How the three channels of images are drawn in colour. */
export interface ColoursHeader {
  order: string;
  black: number[];
  white: number[];
}

/** The sprite: the exemplars of all filters in one extra image. */
export interface ExemplarsHeader {
  extra: number;
  columns: number;
  count: number;
  height?: number;
  width?: number;
}

/** The signatures of the filters, in one extra image. */
export interface SignatureHeader {
  extra: number;
  filters: number[];
  probe: string;
  exact?: number;
  scales?: number[];
}

/**
 * The thumbnails of a run: all inputs of the probe in one image.
 *
 * `count` thumbnails of `height` x `width` pixels lie in rows of `columns`;
 * `size` is that of an input. A signal's thumbnail is a row of values for
 * each of its `channels`.
 */
export interface ThumbnailsHeader {
  version: number;
  count: number;
  columns: number;
  height: number;
  width: number;
  size: number[];
  channels: number;
}

/**
 * The earlier layer whose filters a layer's filters are built from.
 *
 * `extra` is the index of the extra image with the pictures of the weights,
 * `size` that of a picture, `count` the pictures of a filter.
 */
export interface InputsHeader {
  layer: string;
  extra: number;
  count: number;
  size: number[];
}

/**
 * The filters of an earlier layer that excite and inhibit a filter most.
 *
 * Those that excite it come first, the strongest first; those that inhibit
 * it follow, the strongest first. `weights` are the sums of the weights, and
 * `row` is the row of their pictures.
 */
export interface FilterInputs {
  row: number;
  filters: number[];
  weights: number[];
}

/** The exemplars of one filter, those with the largest response first. */
export interface FilterExemplars {
  inputs: number[];
  values: number[];
  cells: number[];
  classes?: number[];
  places?: number[];
}

/** A filter, or another objective, and its measures. */
export interface FilterEntry {
  filter: number | null;
  label?: string | null;
  score?: number | null;
  status?: string;
  data_max?: number | null;
  data_p99?: number | null;
  data_mean?: number | null;
  share?: number | null;
  lift?: number | null;
  lift_t?: number | null;
  rank?: number | null;
  exemplars?: FilterExemplars | null;
  entropy?: number | null;
  inputs?: FilterInputs | null;
  ncc?: number | null;
  drift?: number | null;
  steadiness?: number | null;
  overlap?: number | null;
  settled?: number | null;
}

/** The header of an event: one layer at one epoch. */
export interface EventHeader {
  height: number;
  width: number;
  channels: number;
  depth?: number;
  version: number;
  value_range: [number, number];
  mime: string;
  filters: FilterEntry[];
  layer?: string | null;
  epoch?: number | null;
  batches?: number;
  layer_filters?: number | null;
  receptive_field?: number[] | null;
  settings?: SettingsHeader | null;
  seconds?: number | null;
  unchanged_since?: number | null;
  extra?: number;
  ncc_floor?: number | null;
  colours?: ColoursHeader | null;
  exemplars?: ExemplarsHeader | null;
  signature?: SignatureHeader | null;
  inputs?: InputsHeader | null;
  class_names?: Record<string, string> | null;
  class_layer?: boolean;
}
