import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { shownSeries } from "./shown";
import { speed } from "./player";
import { keepSlicing, slicing, toggleSlicing } from "./slice_player";
import { state, update } from "../state/state";
import { freshRun, serve } from "../testing/server";

let stop = (): void => undefined;

async function open(depth: number, still = false): Promise<void> {
  const header = { depth };
  const layers = [{ tag: "conv", keys: ["0"], epochs: [1], header }];
  await serve([{ run: freshRun(), layers }]);
  await vi.waitFor(() => expect(shownSeries.value).not.toBeNull());
  vi.stubGlobal("matchMedia", () => ({ matches: still }));
  vi.useFakeTimers();
  stop = keepSlicing();
}

beforeEach(() => (speed.value = 4));
afterEach(() => {
  stop();
  vi.useRealTimers();
});

describe("a volume", () => {
  it("plays its slices in a loop", async () => {
    await open(3);
    update({ slice: 0 });
    toggleSlicing();
    const seen = [250, 250, 250, 250].map((time) => {
      vi.advanceTimersByTime(time);
      return state.value.slice;
    });
    expect(seen).toEqual([1, 2, 0, 1]);
    toggleSlicing();
    vi.advanceTimersByTime(1000);
    expect(state.value.slice).toBe(1);
  });

  it("plays once and slowly with reduced motion", async () => {
    await open(3, true);
    update({ slice: 2 });
    toggleSlicing(); // starts over at the end
    expect(state.value.slice).toBe(0);
    vi.advanceTimersByTime(900);
    expect(state.value.slice).toBe(0);
    vi.advanceTimersByTime(5000);
    expect(state.value.slice).toBe(2);
    expect(slicing.value).toBe(false);
  });

  it("does not play if the layer has no slices", async () => {
    await open(1);
    toggleSlicing();
    expect(slicing.value).toBe(false);
    slicing.value = true;
    vi.advanceTimersByTime(250);
    expect(slicing.value).toBe(false);
  });
});
