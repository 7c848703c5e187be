import { describe, expect, it } from "vitest";
import type { EventHeader } from "../api/event_header";
import type { Pixels } from "./pixels";
import {
  isSignal,
  toCurves,
  toPicture,
  zeroOf,
  type Appearance,
} from "./rendering";

const look: Appearance = {
  norm: "optimized",
  channel: "",
  slice: null,
  shared: null,
  basis: null,
};

const header = (more: object): EventHeader => ({
  version: 1,
  value_range: [0, 1],
  mime: "image/png",
  height: 1,
  width: 1,
  channels: 1,
  filters: [],
  ...more,
});

const pixels = (
  width: number,
  height: number,
  channels: number,
  ...data: number[]
): Pixels => ({ width, height, channels, data: new Uint8ClampedArray(data) });

const greys = (rgba: Uint8ClampedArray) => [...rgba].filter((_, i) => !(i % 4));

describe("an image", () => {
  it("is the middle slice of a volume, or the chosen one", () => {
    const volume = pixels(1, 3, 1, 10, 20, 30);
    const of = header({ depth: 3 });
    expect(greys(toPicture(volume, of, look).rgba)).toEqual([20]);
    const first = toPicture(volume, of, { ...look, slice: 0 });
    expect([first.height, ...greys(first.rgba)]).toEqual([1, 10]);
  });

  it("stretches all slices of a volume alike", () => {
    const volume = pixels(1, 3, 1, 0, 40, 100);
    const seen = toPicture(volume, header({ depth: 3 }), {
      ...look,
      norm: "each",
    });
    expect(greys(seen.rgba)).toEqual([102]);
  });

  it("shows the chosen channel, or the mean without a basis", () => {
    const four = pixels(1, 1, 4, 10, 20, 30, 40);
    const of = header({ channels: 4 });
    const third = toPicture(four, of, { ...look, channel: "2" });
    expect(greys(third.rgba)).toEqual([30]);
    expect(greys(toPicture(four, of, look).rgba)).toEqual([25]);
  });

  it("shows principal components in colour", () => {
    const four = pixels(1, 1, 4, 128, 128, 128, 255);
    const basis = {
      mean: [128, 128, 128, 128],
      axes: [[0, 0, 0, 1]],
      spread: 100,
    };
    const seen = toPicture(four, header({ channels: 4 }), { ...look, basis });
    const [red = 0, green = 0] = seen.rgba;
    expect(red).toBeGreaterThan(150);
    expect(green).toBe(128);
  });
});

describe("a signal", () => {
  const of = header({ value_range: [-1, 1], width: 3, channels: 2 });
  const two = pixels(3, 1, 2, 0, 255, 51, 204, 102, 153);

  it("has a height of 1", () => {
    expect(isSignal(of)).toBe(true);
    expect(isSignal(header({ height: 2 }))).toBe(false);
  });

  it("is a curve in the values of the network's input", () => {
    const { lines, low, high } = toCurves(two, of, look);
    expect(lines.map((l) => l.map((v) => +v.toFixed(2)))).toEqual([
      [-1, -0.6, -0.2],
      [1, 0.6, 0.2],
    ]);
    expect([low, high]).toEqual([-1, 1]);
  });

  it("fills the plot when it is stretched", () => {
    const one = { ...look, channel: "0", norm: "each" } as const;
    const { lines, low, high } = toCurves(two, of, one);
    expect(lines).toHaveLength(1);
    expect(low).toBeCloseTo(-1);
    expect(high).toBeCloseTo(-0.2);
  });
});

it("the brightness of zero depends on the value range", () => {
  expect(zeroOf({ value_range: [-1, 1] })).toBe(127.5);
  expect(zeroOf({ value_range: [1, 2] })).toBe(0);
});
