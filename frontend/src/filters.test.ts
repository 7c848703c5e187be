import { describe, expect, it } from "vitest";
import { correlation, matches } from "./filters";
import { neighbour } from "./keys";
import type { Pixels } from "./pixels";
import { describe as name } from "./tile_button";

describe("search", () => {
  it.each([
    ["", "5", true],
    ["3, 10-20", "3", true],
    ["3, 10-20", "15", true],
    ["3, 10-20", "30", false],
    ["3", "3.2", true],
    ["3", "33", false],
    ["dead", "5", true],
    ["weak", "5", false],
    ["mix", "0.5 * mix", true],
  ])("%s finds %s: %s", (search, key, found) => {
    expect(matches(search, key, "dead")).toBe(found);
  });
});

describe("correlation", () => {
  const image = (...values: number[]): Pixels => ({
    width: 2,
    height: 2,
    channels: 1,
    data: new Uint8ClampedArray(values),
  });

  it("is 1 for the same up to brightness, -1 for the inverse", () => {
    const a = image(0, 50, 100, 10);
    expect(correlation(a, image(20, 70, 120, 30))).toBeCloseTo(1);
    expect(correlation(a, image(255, 205, 155, 245))).toBeCloseTo(-1);
  });

  it("is 0 with a flat image", () => {
    expect(correlation(image(1, 2, 3, 4), image(9, 9, 9, 9))).toBe(0);
  });
});

describe("arrow keys", () => {
  const tile = (left: number, top: number) => ({
    tile: document.createElement("button"),
    box: new DOMRect(left, top, 10, 10),
  });
  const [a, b, c] = [tile(0, 0), tile(20, 0), tile(0, 20)];

  it("go to the next tile in their direction, and stop at the edge", () => {
    const all = [a, b, c];
    expect(neighbour(a.box, all, "ArrowRight")).toBe(b.tile);
    expect(neighbour(a.box, all, "ArrowDown")).toBe(c.tile);
    expect(neighbour(b.box, all, "ArrowLeft")).toBe(a.tile);
    expect(neighbour(b.box, all, "ArrowRight")).toBeNull();
  });
});

describe("names for screen readers", () => {
  it("say layer, filter, epoch, score and what is wrong", () => {
    expect(name("conv2", "17", 5, 3.14159, "weak")).toBe(
      "conv2, filter 17, epoch 5, score 3.14, weak",
    );
    expect(name("conv2", "17", 0, null, "ok")).toBe(
      "conv2, filter 17, epoch 0",
    );
  });
});
