import { describe, expect, it } from "vitest";
import { lensSize, panned, zoomed } from "./lens";

describe("zoom", () => {
  it("keeps in place what lies under the pointer", () => {
    const before = { zoom: 2, x: 10, y: -5 };
    const after = zoomed(before, 1.5, 40, 20);
    const inPicture = (l: typeof before, px: number) => (px - l.x) / l.zoom;
    expect(inPicture(after, 40)).toBeCloseTo(inPicture(before, 40));
  });

  it("ends at the whole picture, in the middle, and at 16 times", () => {
    expect(zoomed({ zoom: 2, x: 30, y: 30 }, 0.1)).toEqual({
      zoom: 1,
      x: 0,
      y: 0,
    });
    expect(zoomed({ zoom: 10, x: 0, y: 0 }, 10).zoom).toBe(16);
  });
});

describe("pan", () => {
  it("never moves the picture out of its frame", () => {
    lensSize.value = 100;
    expect(panned({ zoom: 1, x: 0, y: 0 }, 50, 50)).toMatchObject({ x: 0 });
    expect(panned({ zoom: 3, x: 0, y: 0 }, 500, -500)).toMatchObject({
      x: 100,
      y: -100,
    });
  });
});
