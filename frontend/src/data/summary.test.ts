import { describe, expect, it } from "vitest";
import { shares, summary } from "./summary";

describe("the summary of a layer", () => {
  it("counts marked and settled filters", () => {
    const series = {
      epochs: [0, 1],
      keys: ["0", "1"],
      filters: [0, 1],
      status: [
        ["ok", "dead"],
        ["ok", "ok"],
      ],
      values: {
        settled: [
          [null, 0],
          [null, 1],
        ],
        lift: [
          [0.5, 0.5],
          [0.5, 1.5],
        ],
      },
      layer: [],
      wall_times: [],
      missing: [],
      left: [],
      errors: [],
    };
    expect(summary(series, 0)).toBe("2 filters · median lift 0.50");
    // Whether a dead filter settled is not asked.
    expect(summary(series, 1)).toBe(
      "2 filters · 1 dead · 100 % of the others settled · median lift 1.5",
    );
  });

  it("says how many are shown, and of how many", () => {
    const series = {
      epochs: [0],
      keys: ["0", "1", "2"],
      filters: [0, 1, 2],
      status: [["dead"], ["dead"], ["ok"]],
      values: {},
      layer: [],
      wall_times: [],
      missing: [],
      left: [],
      errors: [],
    };
    expect(summary(series, 0, 2)).toBe("2 of 3 filters · of all: 2 dead");
    expect(summary(series, 0, 3, 1280)).toBe(
      "3 of the layer’s 1,280 filters · 2 dead",
    );
  });
});

describe("shares of a layer", () => {
  const series = {
    epochs: [0, 1],
    wall_times: [],
    keys: ["0", "1"],
    filters: [0, 1],
    status: [
      ["ok", "dead"],
      ["ok", "ok"],
    ],
    values: {
      settled: [
        [null, 1],
        [null, 0],
      ],
    },
    layer: [],
    missing: [],
    left: [],
    errors: [],
  };

  it("are those of settled filters and of marks that occur", () => {
    expect(shares(series)).toEqual({ settled: [null, 0], dead: [0, 0.5] });
    expect(shares({ ...series, values: {}, status: [["ok", "ok"]] })).toEqual(
      {},
    );
  });
});
