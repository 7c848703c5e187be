import { effect, signal } from "@preact/signals";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { image } from "./images";
import type { ImageState } from "./image_state";
import { layerBasis, layerBounds } from "./layer_images";
import { epochs, shownSeries } from "../selection/shown";
import { freshRun, serve } from "../testing/server";

vi.mock(import("./images"), async (original) => ({
  ...(await original()),
  image: vi.fn(),
}));

/** Stubs images of one row, with the values of each filter. */
function show(
  values: Record<string, number[]>,
  channels = 1,
  wallTime = 1,
): void {
  const states = Object.entries(values).map(([key, data]) => {
    const pixels = {
      width: data.length / channels,
      height: 1,
      channels,
      data: Uint8ClampedArray.from(data),
    };
    return [key, { kind: "ready", pixels, wallTime }] as const;
  });
  const known = new Map(states);
  vi.mocked(image).mockImplementation((_run, _tag, _step, key) =>
    signal((known.get(key) ?? { kind: "loading" }) as ImageState),
  );
}

let run = "";
beforeEach(async () => {
  vi.mocked(image).mockClear();
  run = freshRun();
  const layers = [{ tag: "conv", keys: ["0", "1"], epochs: [0, 3] }];
  await serve([{ run, layers }], { view: "grid" });
  await vi.waitFor(() => {
    expect(epochs.value).toHaveLength(2);
    expect(shownSeries.value?.epochs).toHaveLength(2);
  });
});

describe("the bounds of a layer", () => {
  it("are those of all loaded images", () => {
    show({ 0: [20, 90], 1: [60, 200] });
    expect(layerBounds(run, "conv", 3)).toMatchObject({ low: 20, high: 200 });
    show({ 1: [60, 200] });
    expect(layerBounds(run, "conv", 3)).toMatchObject({ low: 60, high: 200 });
  });

  it("are found once for all that watch them", () => {
    show({ 0: [20, 90], 1: [60, 200] });
    const read = () => void layerBounds(run, "conv", 3);
    const stops = Array.from({ length: 10 }, () => effect(read));
    expect(image).toHaveBeenCalledTimes(2);
    for (const stop of stops) stop();
    show({ 1: [60, 200] });
    expect(layerBounds(run, "conv", 3)).toMatchObject({ low: 60, high: 200 });
  });

  it("are null for a layer without images", () => {
    show({});
    expect(layerBounds(run, "conv", 3)).toBeNull();
    expect(layerBounds(run, "gone", 3)).toBeNull();
  });
});

describe("the principal components of a layer", () => {
  const rows = { 0: [0, 10, 0, 10, 200, 10], 1: [10, 0, 0, 20, 255, 0] };

  it("wait for all images of its first epoch and then stay", async () => {
    show({ 0: rows[0] }, 2);
    await vi.waitFor(() => {
      expect(layerBasis(run, "conv")).toBeNull();
      expect(image).toHaveBeenCalledWith(run, "conv", 0, "1");
    });
    show(rows, 2);
    await vi.waitFor(() => expect(layerBasis(run, "conv")).not.toBeNull());
    const first = layerBasis(run, "conv");
    expect(first?.axes[0]?.map(Math.abs)[0]).toBeGreaterThan(0.9);
    await Promise.resolve();
    show({ 0: [0, 0, 0, 9, 0, 200], 1: [0, 5, 0, 90, 0, 255] }, 2);
    expect(layerBasis(run, "conv")).toBe(first);
  });

  it("are computed again when that epoch was rewritten", async () => {
    show(rows, 2);
    await vi.waitFor(() => expect(layerBasis(run, "conv")).not.toBeNull());
    const first = layerBasis(run, "conv");
    const layers = [
      { tag: "conv", keys: ["0", "1"], epochs: [0, 3], wallTime: 2 },
    ];
    await serve([{ run, layers }], { view: "grid" });
    await vi.waitFor(() => expect(layerBasis(run, "conv")).toBe(first));
    const others = { 0: [0, 0, 0, 9, 0, 200], 1: [0, 5, 0, 90, 0, 255] };
    show(others, 2, 2);
    await vi.waitFor(() => {
      const axis = layerBasis(run, "conv")?.axes[0]?.map(Math.abs) ?? [];
      expect(axis[1]).toBeGreaterThan(0.9);
    });
  });
});
