import { describe, expect, it } from "vitest";
import { COMPARISONS, DEFAULTS, SIZES, VIEWS, viewOf } from "./schema";
import { fromParameters, toParameters } from "./url";

describe("the defaults", () => {
  it("have a view and a comparison that exist", () => {
    expect(Object.keys(VIEWS)).toContain(DEFAULTS.view);
    expect(Object.keys(COMPARISONS)).toContain(DEFAULTS.compare);
  });

  it("follow the newest epoch and show all filters", () => {
    expect(DEFAULTS.epoch).toBeNull();
    expect(DEFAULTS.search).toBe("");
    expect([DEFAULTS.sort, DEFAULTS.reverse]).toEqual(["index", false]);
  });

  it("show images as they are logged", () => {
    expect(DEFAULTS.norm).toBe("optimized");
    expect(DEFAULTS.smooth).toBe(false);
    expect(DEFAULTS.exemplars).toBe(false);
  });

  it("have tiles that fit the window", () => {
    expect(DEFAULTS.size).toBeNull();
    expect(SIZES.least).toBeLessThan(SIZES.most);
  });

  it("have pages that belong to views", () => {
    expect(viewOf("compare")).toBe("runs");
    expect(viewOf("time")).toBe("time");
  });

  it("need no parameters", () => {
    expect(fromParameters(new Map())).toEqual(DEFAULTS);
    expect([...toParameters(DEFAULTS)]).toEqual([]);
  });
});
