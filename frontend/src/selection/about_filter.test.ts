import { describe, expect, it } from "vitest";
import type { Series } from "../api/types";
import { aboutFilter } from "./about_filter";

function measured(values: Record<string, number>, status = "ok"): Series {
  return {
    epochs: [4],
    wall_times: [1],
    keys: ["0"],
    filters: [0],
    values: Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, [[value]]]),
    ),
    status: [[status]],
    layer: [],
    missing: [],
    left: [],
    errors: [],
  };
}

describe("the measures in words", () => {
  it("say how the image compares with the data", () => {
    const series = measured({ lift: 1.16, lift_t: 1.1, rank: 1, settled: 1 });
    expect(aboutFilter(series, "0", 4)).toEqual([
      "Its image excites it 1.16 times as much as the best real input, counted from the response to the mean input, and survives blur, shifts and compression.",
      "Of all filters of the layer, it excites this one most.",
      "It has been settled since epoch 4.",
    ]);
  });

  it("name what was tried with a signal", () => {
    const series = measured({ lift: 2, lift_t: 1 });
    series.layer = [{ height: 1, width: 64 }];
    expect(aboutFilter(series, "0", 4)).toEqual([
      "Its image excites it 2.00 times as much as the best real input, counted from the response to the mean input; 50 % of that survives blur, shifts and noise.",
    ]);
  });

  it("leave out the changes of a dead filter", () => {
    const series = measured({ settled: 1, share: 0 }, "dead");
    expect(aboutFilter(series, "0", 4)).toEqual([
      "Dead: the data never excites this filter.",
      "The data excites the filter at 0 % of positions.",
    ]);
  });

  it("say that a filter sees a single value", () => {
    expect(aboutFilter(measured({}, "plain"), "0", 4)).toEqual([
      "Plain: this filter sees a single value, so its image has one shade.",
    ]);
  });

  it("say what is wrong", () => {
    const series = measured(
      { lift: 0.4, lift_t: 0.1, rank: 4, share: 0.001 },
      "weak",
    );
    expect(aboutFilter(series, "0", 4)).toEqual([
      "Weak: the data hardly excites this filter.",
      "Its image excites it only 40 % as much as the best real input, counted from the response to the mean input; 25 % of that survives blur, shifts and compression.",
      "It excites 3 other filters of the layer more.",
      "The data excites the filter at under 1 % of positions.",
    ]);
  });

  it("are empty without measures", () => {
    expect(aboutFilter(measured({}), "0", 4)).toEqual([]);
  });
});
