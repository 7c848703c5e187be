/** The state of the dashboard, bound to the URL. */
import {
  batch,
  computed,
  signal,
  type ReadonlySignal,
  type Signal,
} from "@preact/signals";
import { onUrlChange, readUrl, writeUrl } from "../api/host_page";
import { DEFAULTS, type State } from "./schema";
import { fromParameters, toParameters } from "./url";

type Parts = { readonly [K in keyof State]: Signal<State[K]> };

const NAMES = Object.keys(DEFAULTS) as (keyof State)[];
// Signals of their own, not computed from the whole: thousands of readers would
// each look whether their part has changed whenever a slider changes another.
const parts = Object.fromEntries(
  NAMES.map((name) => [name, signal(DEFAULTS[name])]),
) as unknown as Parts;
const whole = computed(
  () =>
    Object.fromEntries(
      NAMES.map((name) => [name, parts[name].value]),
    ) as unknown as State,
);

function set<K extends keyof State>(name: K, value: State[K]): void {
  parts[name].value = value;
}

/** The whole state; who reads it reads it again at each change. */
export const state = {
  get value(): State {
    return whole.value;
  },
  set value(next: State) {
    batch(() => {
      for (const name of NAMES) set(name, next[name]);
    });
  },
};

/** Changes that "back" undoes; the others replace the URL in place. */
const PUSHED = new Set<keyof State>(["view", "run", "layer"]);

// A slider changes the state sixty times a second, and Safari refuses more
// than a hundred writes to the URL in thirty seconds.
const DELAY = 400; // milliseconds without a change before the URL is written

let timer: ReturnType<typeof setTimeout> | undefined;
let bound = ""; // the parameters that the URL held when last read or written

function write(push: boolean): void {
  clearTimeout(timer);
  timer = undefined;
  const values = toParameters(state.value);
  bound = JSON.stringify([...values]);
  writeUrl(values, push);
}

/** Changes the state and then the URL, which a pushed change writes at once. */
export function update(change: Partial<State>): void {
  const before = state.value;
  const names = Object.keys(change) as (keyof State)[];
  const changed = names.filter((name) => before[name] !== change[name]);
  if (!changed.length) return;
  const push = changed.some((name) => PUSHED.has(name));
  if (push && timer !== undefined) write(false); // "back" returns to it
  state.value = { ...before, ...change };
  clearTimeout(timer);
  if (push) write(true);
  else timer = setTimeout(() => write(false), DELAY);
}

/** One part of the state: its readers ignore changes of the others. */
export function part<K extends keyof State>(name: K): ReadonlySignal<State[K]> {
  return parts[name];
}

export const view = part("view");
export const pins = part("pins");

/** Reads the state from the URL, now and whenever it changes from outside. */
export function bindUrl(): () => void {
  const read = () => {
    const values = readUrl();
    const text = JSON.stringify([...values]);
    // TensorBoard's own part of the URL has changed, not the state.
    if (text === bound) return;
    bound = text;
    clearTimeout(timer);
    timer = undefined;
    state.value = fromParameters(values);
  };
  bound = "";
  read();
  return onUrlChange(read);
}

export function pinOf(tag: string, key: string): string {
  return JSON.stringify([tag, key]);
}

/** Returns the layer and the filter of a pin; `null` if it is invalid. */
export function readPin(pin: string): [string, string] | null {
  try {
    const [tag, key] = JSON.parse(pin) as unknown[];
    return typeof tag === "string" && typeof key === "string"
      ? [tag, key]
      : null;
  } catch {
    return null;
  }
}

export function isPinned(tag: string, key: string): boolean {
  const all = pins.value;
  return all.length > 0 && all.includes(pinOf(tag, key));
}

export function togglePin(tag: string, key: string): void {
  const pin = pinOf(tag, key);
  const all = pins.value;
  update({
    pins: all.includes(pin) ? all.filter((p) => p !== pin) : [...all, pin],
  });
}
