/** Converts the state to URL parameters and back. */
import {
  COMPARISONS,
  DEFAULTS,
  NORMALIZATIONS,
  PAGES,
  SIZES,
  VIEWS,
  type Place,
  type State,
  type View,
} from "./schema";

function choice<K extends string>(
  of: Record<K, unknown>,
  value: string | undefined,
  otherwise: K,
): K {
  return value !== undefined && Object.hasOwn(of, value)
    ? (value as K)
    : otherwise;
}

/** Names of views in links of earlier versions. */
const FORMER: Partial<Record<string, View>> = { layers: "overview" };

/** Returns the view of a link without one: the layer, if it names a part of it. */
function impliedView(has: (name: string) => boolean): View {
  return ["layer", "filter", "search", "sort"].some(has) ? "grid" : "overview";
}

function view(values: Map<string, string>): View {
  const named = values.get("view");
  const implied = impliedView((name) => values.has(name));
  const now = choice({ ...VIEWS, ...PAGES, ...FORMER }, named, implied);
  return FORMER[now] ?? (now as View);
}

function against(value: string | undefined): State["against"] {
  try {
    const [run, epoch] = JSON.parse(value ?? "") as unknown[];
    if (typeof run !== "string") return null;
    return { run, epoch: Number.isInteger(epoch) ? (epoch as number) : null };
  } catch {
    return null;
  }
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

function whole(value: string | undefined): number | null {
  const number = Number(value ?? NaN);
  return Number.isInteger(number) ? number : null;
}

/** Returns the state of URL parameters; missing ones have their defaults. */
export function fromParameters(values: Map<string, string>): State {
  const size = Number(values.get("size") ?? NaN);
  const channel = values.get("channel") ?? "";
  return {
    view: view(values),
    run: values.get("run") ?? null,
    layer: values.get("layer") ?? null,
    epoch: whole(values.get("epoch")),
    filter: values.get("filter") ?? null,
    size:
      values.has("size") && Number.isFinite(size)
        ? Math.min(Math.max(size, SIZES.least), SIZES.most)
        : DEFAULTS.size,
    sort: values.get("sort") ?? DEFAULTS.sort,
    anchor: values.get("anchor") ?? null,
    reverse: values.get("reverse") === "1",
    search: values.get("search") ?? "",
    norm: choice(NORMALIZATIONS, values.get("norm"), DEFAULTS.norm),
    smooth: values.get("smooth") === "1",
    channel: /^(mean|\d+)$/.test(channel) ? channel : "",
    slice: whole(values.get("slice")),
    exemplars: values.get("exemplars") === "1",
    pins: pins(values.get("pins")),
    a: place(values.get("a")),
    b: place(values.get("b")),
    against: against(values.get("against")),
    compare: choice(COMPARISONS, values.get("compare"), DEFAULTS.compare),
    inspector: values.get("inspector") !== "0",
  };
}

/** Returns the URL parameters of a state, without defaults. */
export function toParameters(state: State): Map<string, string> {
  const values = new Map<string, string>();
  for (const name of Object.keys(DEFAULTS) as (keyof State)[]) {
    const value = state[name];
    if (name === "view") continue;
    if (JSON.stringify(value) === JSON.stringify(DEFAULTS[name])) continue;
    if (value === null) continue;
    if (name === "a" || name === "b") {
      const { run, tag, epoch, key } = value as Place;
      values.set(name, JSON.stringify([run, tag, epoch, key]));
    } else if (name === "against") {
      const { run, epoch } = value as NonNullable<State["against"]>;
      values.set(name, JSON.stringify([run, epoch]));
    } else if (name === "pins") values.set(name, JSON.stringify(value));
    else if (typeof value === "boolean") values.set(name, value ? "1" : "0");
    else values.set(name, String(value));
  }
  const implied = impliedView((name) => values.has(name));
  return state.view === implied
    ? values
    : new Map([["view", state.view], ...values]);
}
