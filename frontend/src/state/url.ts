/** Converts the state to URL parameters and back. */
import { NORMALIZATIONS } from "./schema";
import {
  COMPARISONS,
  DEFAULTS,
  SIZES,
  VIEWS,
  type Place,
  type State,
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

/** Returns the state of URL parameters; what they lack has its default. */
export function fromParameters(values: Map<string, string>): State {
  const size = Number(values.get("size") ?? NaN);
  const channel = values.get("channel") ?? "";
  return {
    view: choice(VIEWS, values.get("view"), DEFAULTS.view),
    run: values.get("run") ?? null,
    layer: values.get("layer") ?? null,
    epoch: whole(values.get("epoch")),
    filter: values.get("filter") ?? null,
    size: Number.isFinite(size)
      ? Math.min(Math.max(size, SIZES.least), SIZES.most)
      : DEFAULTS.size,
    sort: values.get("sort") ?? DEFAULTS.sort,
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
    compare: choice(COMPARISONS, values.get("compare"), DEFAULTS.compare),
    inspector: values.get("inspector") !== "0",
  };
}

/** Returns the URL parameters of a state, without defaults. */
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
