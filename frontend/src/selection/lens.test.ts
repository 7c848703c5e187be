import { describe, expect, it } from "vitest";
import { lensSize, panned, zoomed } from "./lens";

describe("zoom", () => {
  it("keeps the point under the pointer in place", () => {
    const before = { zoom: 2, x: 10, y: -5 };
    const after = zoomed(before, 1.5, 40, 20);
    const inImage = (l: typeof before, px: number) => (px - l.x) / l.zoom;
    expect(inImage(after, 40)).toBeCloseTo(inImage(before, 40));
  });

  it("is limited to 1 and 16, and is centred at 1", () => {
    expect(zoomed({ zoom: 2, x: 30, y: 30 }, 0.1)).toEqual({
      zoom: 1,
      x: 0,
      y: 0,
    });
    expect(zoomed({ zoom: 10, x: 0, y: 0 }, 10).zoom).toBe(16);
  });
});

describe("pan", () => {
  it("keeps the image in its frame", () => {
    lensSize.value = 100;
    expect(panned({ zoom: 1, x: 0, y: 0 }, 50, 50)).toMatchObject({ x: 0 });
    expect(panned({ zoom: 3, x: 0, y: 0 }, 500, -500)).toMatchObject({
      x: 100,
      y: -100,
    });
  });
});
