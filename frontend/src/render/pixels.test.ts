import { describe, expect, it } from "vitest";
import { bounds, scaling, toRgba, unpack, type Pixels } from "./pixels";

const grey = (...values: number[]): Pixels => ({
  width: values.length,
  height: 1,
  channels: 1,
  data: new Uint8ClampedArray(values),
});

const shown = (
  pixels: Pixels,
  ...how: Parameters<typeof scaling> extends [Pixels, ...infer R] ? R : never
) => [...toRgba(pixels, scaling(pixels, ...how))].filter((_, i) => i % 4 === 0);

describe("normalization for display", () => {
  const image = grey(50, 110, 150);

  it("shows an image as it was optimized", () => {
    expect(shown(image, "optimized", 0, null)).toEqual([50, 110, 150]);
  });

  it("stretches each image over the whole range", () => {
    expect(shown(image, "each", 0, null)).toEqual([0, 153, 255]);
  });

  it("stretches the images of a layer alike", () => {
    const layer = bounds([image, grey(0, 200)]);
    expect(layer).toEqual({ low: 0, high: 200 });
    expect(shown(image, "layer", 0, layer)).toEqual([64, 140, 191]);
  });

  it("standardizes to mean grey and three deviations", () => {
    const [low = 0, , high = 0] = shown(image, "standardize", 0, null);
    // Mean 103.3, deviation 41.1: 127.5 brightnesses are three deviations.
    expect(low).toBe(Math.round(127.5 + ((50 - 103.33) / 41.1 / 3) * 127.5));
    expect(high).toBe(Math.round(127.5 + ((150 - 103.33) / 41.1 / 3) * 127.5));
  });

  it("shows values below zero as black in the positive part", () => {
    expect(shown(image, "positive", 100, null)).toEqual([0, 16, 82]);
  });

  it("does not divide by the range of a flat image", () => {
    expect(shown(grey(7, 7), "each", 0, null)).toEqual([0, 0]);
  });
});

describe("channels", () => {
  it("unpacks channels that are stacked vertically", () => {
    const rgba = new Uint8ClampedArray([1, 1, 1, 255, 9, 9, 9, 255]);
    const { height, data } = unpack(rgba, 1, 2, 2);
    expect([height, ...data]).toEqual([1, 1, 9]);
  });

  it("keeps three channels as colours", () => {
    const rgba = new Uint8ClampedArray([10, 20, 30, 255]);
    const pixels = unpack(rgba, 1, 1, 3);
    const how = scaling(pixels, "optimized", 0, null);
    expect([...toRgba(pixels, how)]).toEqual([10, 20, 30, 255]);
  });
});
