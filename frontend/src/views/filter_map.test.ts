import { describe, expect, it } from "vitest";
import { sizeFor } from "./filter_map";
import { apart, placed, ranged, type Corner } from "./map_places";

describe("the map of filters", () => {
  it("uses the whole room", () => {
    expect(ranged([-1, -0.5, 0.6], 800)).toEqual([0, 250, 800]);
  });

  it("puts filters that are all alike in the middle", () => {
    expect(ranged([0.2, 0.2], 800)).toEqual([400, 400]);
  });

  it("lets images at an edge part inwards, and still uses the whole room", () => {
    const x = Array.from({ length: 80 }, (_, i) => (i ? 0.1 * (i % 2) : 5));
    const y = Array.from({ length: 80 }, (_, i) => i % 9);
    const found = placed(x, y, 30, { x: 600, y: 400 });
    expect(overlaps(found, 26)).toBeLessThan(16); // of 3,160 pairs
    for (const axis of ["x", "y"] as const) {
      const all = found.map((one) => one[axis]);
      expect(Math.min(...all)).toBe(0);
      expect(Math.max(...all)).toBe(axis === "x" ? 600 : 400);
    }
  });

  it("moves images apart that cover each other, and no others", () => {
    const most = { x: 400, y: 400 };
    const far = { x: 10, y: 300 };
    const found = apart(
      [{ x: 200, y: 200 }, { x: 210, y: 205 }, far],
      40,
      most,
    );
    expect(found[2]).toEqual(far);
    expect(overlaps(found, 39)).toBe(0);
    expect(found[0]?.x).toBeLessThan(200);
    expect(found[1]?.x).toBeGreaterThan(210);
  });

  it("finds room for many at one place, inside the map", () => {
    const all = Array.from({ length: 60 }, () => ({ x: 390, y: 200 }));
    const found = apart(all, 30, { x: 400, y: 400 });
    expect(overlaps(found, 24)).toBeLessThan(60); // of 1,770 pairs
    for (const { x, y } of found) {
      expect(Math.min(x, y)).toBeGreaterThanOrEqual(0);
      expect(Math.max(x, y)).toBeLessThanOrEqual(400);
    }
  });
});

/** Returns how many pairs of squares cover each other. */
function overlaps(all: Corner[], side: number): number {
  return all.flatMap((a, i) =>
    all
      .slice(i + 1)
      .filter((b) => Math.abs(a.x - b.x) < side && Math.abs(a.y - b.y) < side),
  ).length;
}

describe("the size of the images of a map", () => {
  it.each([
    [64, 960, 570],
    [12, 960, 590],
    [16, 2080, 1240],
  ])("covers a third of it with %i images", (count, width, height) => {
    const covered = count * sizeFor(count, width, height) ** 2;
    expect((3 * covered) / (width * height)).toBeCloseTo(1, 1);
  });
});
