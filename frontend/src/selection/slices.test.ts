import { describe, expect, it, vi } from "vitest";
import { shownSeries } from "./shown";
import { moveSlice, shownShape, sliceShown } from "./slices";
import { state } from "../state/state";
import { freshRun, serve } from "../testing/server";

describe("slices", () => {
  it("start in the middle and stop at the ends", async () => {
    const header = { depth: 4, channels: 2 };
    const layers = [{ tag: "conv", keys: ["0"], epochs: [1], header }];
    await serve([{ run: freshRun(), layers }]);
    await vi.waitFor(() => expect(shownSeries.value).not.toBeNull());
    expect(shownShape()).toEqual({ depth: 4, channels: 2, signal: false });
    expect(sliceShown(4)).toBe(2);
    moveSlice(-1);
    expect(state.value.slice).toBe(1);
    moveSlice(-5);
    expect(state.value.slice).toBe(0);
    moveSlice(9);
    expect(state.value.slice).toBe(3);
  });

  it("do not exist for images", async () => {
    const layers = [{ tag: "conv", keys: ["0"], epochs: [1] }];
    await serve([{ run: freshRun(), layers }]);
    moveSlice(1);
    expect(state.value.slice).toBeNull();
  });
});
