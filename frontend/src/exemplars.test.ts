import { describe, expect, it } from "vitest";
import { exemplarsOf } from "./exemplars";
import { matches } from "./filters";
import { tally } from "./patches";
import { summary } from "./summary";

describe("what an entry says of its patches", () => {
  it("is read as far as it is sound", () => {
    const entry = { key: "3", filter: 3 };
    expect(exemplarsOf(entry)).toBeNull();
    expect(exemplarsOf({ ...entry, exemplars: "<b>" })).toBeNull();
    const found = exemplarsOf({
      ...entry,
      exemplars: { inputs: [4, "x"], values: [0.5], cells: [0, 1] },
    });
    expect(found).toEqual({ inputs: [4], values: [0.5], cells: [0, 1] });
  });

  it("is tallied by class", () => {
    expect(tally([3, 8, 3, 1])).toBe("3 (2 times), 1, 8");
  });
});

describe("a layer in a line", () => {
  it("counts what is marked, settled and lifted", () => {
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

describe("a search for what has settled", () => {
  it("knows both, and neither where it is not measured", () => {
    expect(matches("settled", "1", "ok", 1)).toBe(true);
    expect(matches("unsettled", "1", "ok", 0)).toBe(true);
    expect(matches("settled", "1", "ok", null)).toBe(false);
    expect(matches("unsettled", "1", "ok", null)).toBe(false);
  });
});
