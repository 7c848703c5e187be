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
    expect(summary(series, 0)).toBe("2 shown · median lift 0.50");
    expect(summary(series, 1)).toBe(
      "2 shown: 1 dead · 50 % settled · median lift 1.5",
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
    expect(shares(series)).toEqual({ settled: [null, 0.5], dead: [0, 0.5] });
    expect(shares({ ...series, values: {}, status: [["ok", "ok"]] })).toEqual(
      {},
    );
  });
});
