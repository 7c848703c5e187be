/** The one state of the dashboard; it lives in the URL (url.ts). */
import { computed, signal } from "@preact/signals";
import { onUrlChange, readUrl, writeUrl } from "../api/host_page";
import { DEFAULTS, type State } from "./schema";
import { fromParameters, toParameters } from "./url";

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
    const next = fromParameters(readUrl());
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

/** The layer and the filter of a pin; `null` if it is none. */
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
  return state.value.pins.includes(pinOf(tag, key));
}

export function togglePin(tag: string, key: string): void {
  const pin = pinOf(tag, key);
  const { pins } = state.value;
  update({
    pins: pins.includes(pin) ? pins.filter((p) => p !== pin) : [...pins, pin],
  });
}
