import { describe, expect, it } from "vitest";
import { basisOf } from "./pca";
import type { Pixels } from "./pixels";

/** Pixels along one direction, with a little of another. */
function along(a: number[], b: number[]): Pixels {
  const data = [];
  for (let i = 0; i < 100; i++) {
    const [s, t] = [Math.sin(i), Math.cos(i * 1.7)];
    for (let c = 0; c < a.length; c++) {
      data.push(128 + 60 * s * (a[c] ?? 0) + 15 * t * (b[c] ?? 0));
    }
  }
  return {
    width: 10,
    height: 10,
    channels: a.length,
    data: new Uint8ClampedArray(data),
  };
}

describe("principal components", () => {
  it("are the directions of most variance, in decreasing order", () => {
    const basis = basisOf([along([0.6, 0.8, 0, 0, 0], [0, 0, 0, 1, 0])]);
    expect(basis?.axes[0]?.map((v) => v.toFixed(1))).toEqual([
      "0.6",
      "0.8",
      "0.0",
      "0.0",
      "0.0",
    ]);
    expect(Math.abs(basis?.axes[1]?.[3] ?? 0)).toBeCloseTo(1, 1);
    expect(basis?.spread).toBeCloseTo(60 / Math.SQRT2, -1);
  });

  it("have a positive largest part, so that colours are stable", () => {
    const down = basisOf([along([-0.8, 0.6], [0, 0])]);
    expect(down?.axes[0]?.[0]).toBeGreaterThan(0.7);
  });

  it("are zero for flat images", () => {
    const flat = basisOf([along([0, 0], [0, 0])]);
    expect(flat?.axes[0]).toEqual([0, 0]);
    expect(basisOf([])).toBeNull();
  });
});
