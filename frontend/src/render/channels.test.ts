import { describe, expect, it } from "vitest";
import { channelOf, depthOf, meanOf, project, sliceOf } from "./channels";
import type { Pixels } from "./pixels";

const pixels = (
  width: number,
  height: number,
  channels: number,
  ...data: number[]
): Pixels => ({ width, height, channels, data: new Uint8ClampedArray(data) });

describe("a volume", () => {
  const volume = pixels(1, 4, 1, 10, 20, 30, 40);

  it("is split into slices", () => {
    const slice = sliceOf(volume, 2, 1);
    expect([slice.height, ...slice.data]).toEqual([2, 30, 40]);
  });

  it("has a first and a last slice", () => {
    expect([...sliceOf(volume, 2, 9).data]).toEqual([30, 40]);
    expect([...sliceOf(volume, 2, -1).data]).toEqual([10, 20]);
    expect(sliceOf(volume, 1, 5)).toBe(volume);
  });

  it("is described by the header", () => {
    expect(depthOf({ depth: 7 })).toBe(7);
    expect(depthOf({})).toBe(1);
    expect(depthOf({ depth: "<b>" as never })).toBe(1);
  });
});

describe("many channels", () => {
  const two = pixels(2, 1, 2, 10, 30, 50, 90);

  it("are shown one by one or as their mean", () => {
    expect([...channelOf(two, 1).data]).toEqual([30, 90]);
    expect([...channelOf(two, 9).data]).toEqual([30, 90]);
    expect([...meanOf(two).data]).toEqual([20, 70]);
  });

  it("are projected onto axes, with the mean in grey", () => {
    const basis = { mean: [30, 60], axes: [[1, 0]], spread: 20 };
    const seen = project(two, basis);
    // 20 below and above the middle, of 60 to each side: a third of 127.5.
    expect([...seen.data]).toEqual([85, 128, 128, 170, 128, 128]);
    expect(seen.channels).toBe(3);
  });
});
