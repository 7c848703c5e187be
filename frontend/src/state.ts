/** The one state of the dashboard; it lives in the URL. */
import { computed, signal } from "@preact/signals";
import { readUrl, writeUrl, onUrlChange } from "./host";
import { NORMALIZATIONS, type Normalization } from "./pixels";

export const VIEWS = {
  grid: "Grid",
  time: "Over time",
  layers: "Layers",
  runs: "Across runs",
  compare: "Compare",
} as const;
export type View = keyof typeof VIEWS;

export const SORTS = {
  index: "Filter",
  score: "Score",
  data_max: "Data maximum",
  lift: "Lift",
  lift_t: "Lift after transforms",
  drift: "Change, as logged",
  entropy: "Class entropy",
  previous: "Change since the previous epoch",
  first: "Change since the first epoch",
  similar: "Similar to the focused filter",
} as const;
export type Sort = keyof typeof SORTS;

export const COMPARISONS = {
  side: "Side by side",
  swipe: "Swipe",
  blink: "Blink",
  difference: "Difference",
} as const;
export type Comparison = keyof typeof COMPARISONS;

/** Where an image is: a filter of a layer of a run at an epoch. */
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
  /** `null` follows the newest epoch. */
  epoch: number | null;
  filter: string | null;
  size: number;
  sort: Sort;
  search: string;
  norm: Normalization;
  smooth: boolean;
  /** Whether real patches lie over the tiles. */
  patches: boolean;
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
  search: "",
  norm: "optimized",
  smooth: false,
  patches: false,
  pins: [],
  a: null,
  b: null,
  compare: "side",
  inspector: true,
};

export const SIZES = { least: 32, most: 256 };

function choice<K extends string>(
  of: Record<K, unknown>,
  value: string | undefined,
  otherwise: K,
): K {
  return value !== undefined && Object.hasOwn(of, value)
    ? (value as K)
    : otherwise;
}

function place(value: string | undefined): Place | null {
  try {
    const [run, tag, epoch, key] = JSON.parse(value ?? "") as unknown[];
    const texts = [run, tag, key].every((part) => typeof part === "string");
    if (!texts || !Number.isInteger(epoch)) return null;
    return { run, tag, epoch, key } as Place;
  } catch {
    return null;
  }
}

function pins(value: string | undefined): string[] {
  try {
    const list = JSON.parse(value ?? "[]") as unknown;
    return Array.isArray(list)
      ? list.filter((pin): pin is string => typeof pin === "string")
      : [];
  } catch {
    return [];
  }
}

/** The state that URL parameters describe; what they leave out is default. */
export function fromParameters(values: Map<string, string>): State {
  const epoch = Number(values.get("epoch") ?? NaN);
  const size = Number(values.get("size") ?? NaN);
  return {
    view: choice(VIEWS, values.get("view"), DEFAULTS.view),
    run: values.get("run") ?? null,
    layer: values.get("layer") ?? null,
    epoch: Number.isInteger(epoch) ? epoch : null,
    filter: values.get("filter") ?? null,
    size: Number.isFinite(size)
      ? Math.min(Math.max(size, SIZES.least), SIZES.most)
      : DEFAULTS.size,
    sort: choice(SORTS, values.get("sort"), DEFAULTS.sort),
    search: values.get("search") ?? "",
    norm: choice(NORMALIZATIONS, values.get("norm"), DEFAULTS.norm),
    smooth: values.get("smooth") === "1",
    patches: values.get("patches") === "1",
    pins: pins(values.get("pins")),
    a: place(values.get("a")),
    b: place(values.get("b")),
    compare: choice(COMPARISONS, values.get("compare"), DEFAULTS.compare),
    inspector: values.get("inspector") !== "0",
  };
}

/** URL parameters of a state; defaults are left out. */
export function toParameters(state: State): Map<string, string> {
  const values = new Map<string, string>();
  for (const name of Object.keys(DEFAULTS) as (keyof State)[]) {
    const value = state[name];
    if (JSON.stringify(value) === JSON.stringify(DEFAULTS[name])) continue;
    if (value === null) continue;
    if (name === "a" || name === "b") {
      const { run, tag, epoch, key } = value as Place;
      values.set(name, JSON.stringify([run, tag, epoch, key]));
    } else if (name === "pins") values.set(name, JSON.stringify(value));
    else if (typeof value === "boolean") values.set(name, value ? "1" : "0");
    else values.set(name, String(value));
  }
  return values;
}

export const state = signal<State>(DEFAULTS);

/** What "back" should undo; the rest changes the URL in place. */
const STEPS = new Set<keyof State>(["view", "run", "layer"]);

/** Changes the state, and the URL with it. */
export function update(change: Partial<State>): void {
  const before = state.value;
  const after = { ...before, ...change };
  const names = Object.keys(change) as (keyof State)[];
  const changed = names.filter((name) => before[name] !== after[name]);
  if (!changed.length) return;
  state.value = after;
  writeUrl(
    toParameters(after),
    changed.some((name) => STEPS.has(name)),
  );
}

export const view = computed(() => state.value.view);

/** Reads the state from the URL, now and whenever it changes. */
export function bindUrl(): () => void {
  const read = () => {
    const values = readUrl();
    const next = fromParameters(values);
    if (JSON.stringify(next) !== JSON.stringify(state.value)) {
      state.value = next;
    }
  };
  read();
  return onUrlChange(read);
}

export function pinOf(tag: string, key: string): string {
  return JSON.stringify([tag, key]);
}

export function isPinned(tag: string, key: string): boolean {
  return state.value.pins.includes(pinOf(tag, key));
}

export function togglePin(tag: string, key: string): void {
  const pin = pinOf(tag, key);
  const { pins } = state.value;
  update({
    pins: pins.includes(pin) ? pins.filter((p) => p !== pin) : [...pins, pin],
  });
}
