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

/** The exemplars of one filter, those with the largest response first. */
export interface FilterExemplars {
  inputs: number[];
  values: number[];
  cells: number[];
  classes?: number[];
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
  extra?: number;
  ncc_floor?: number | null;
  exemplars?: ExemplarsHeader | null;
  signature?: SignatureHeader | null;
}
