import { describe, expect, it } from "vitest";
import { correlation } from "./correlation";
import type { Pixels } from "./pixels";

const image = (...values: number[]): Pixels => ({
  width: 2,
  height: 2,
  channels: 1,
  data: new Uint8ClampedArray(values),
});

describe("correlation", () => {
  it("is 1 whatever the brightness, and -1 for the inverse", () => {
    const a = image(0, 50, 100, 10);
    expect(correlation(a, image(20, 70, 120, 30))).toBeCloseTo(1);
    expect(correlation(a, image(255, 205, 155, 245))).toBeCloseTo(-1);
  });

  it("is 0 with a flat image", () => {
    expect(correlation(image(1, 2, 3, 4), image(9, 9, 9, 9))).toBe(0);
  });
});
