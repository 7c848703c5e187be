import { describe, expect, it } from "vitest";
import { COMPARISONS, DEFAULTS, SIZES, VIEWS } from "./schema";
import { fromParameters, toParameters } from "./url";

describe("what a link without parameters opens", () => {
  it("is a view and a comparison that there are", () => {
    expect(Object.keys(VIEWS)).toContain(DEFAULTS.view);
    expect(Object.keys(COMPARISONS)).toContain(DEFAULTS.compare);
  });

  it("follows the newest epoch, of all filters in the network's order", () => {
    expect(DEFAULTS.epoch).toBeNull();
    expect(DEFAULTS.search).toBe("");
    expect([DEFAULTS.sort, DEFAULTS.reverse]).toEqual(["index", false]);
  });

  it("shows images as they are logged", () => {
    expect(DEFAULTS.norm).toBe("optimized");
    expect(DEFAULTS.smooth).toBe(false);
    expect(DEFAULTS.patches).toBe(false);
  });

  it("has tiles of a size that can be chosen", () => {
    expect(DEFAULTS.size).toBeGreaterThanOrEqual(SIZES.least);
    expect(DEFAULTS.size).toBeLessThanOrEqual(SIZES.most);
  });

  it("is what reading no parameters gives, and needs none", () => {
    expect(fromParameters(new Map())).toEqual(DEFAULTS);
    expect([...toParameters(DEFAULTS)]).toEqual([]);
  });
});
