import { describe, expect, it } from "vitest";
import type { Series } from "../api/types";
import { format } from "../render/format";
import {
  labelOf,
  measureNames,
  settledSince,
  statusAt,
  valueAt,
} from "./measures";

const series: Series = {
  epochs: [0, 2, 4, 6],
  wall_times: [],
  keys: ["3", "7"],
  filters: [3, 7],
  values: {
    score: [
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ],
    settled: [
      [null, 1, 0, 1],
      [null, 0, 1, 0],
    ],
    my_own: [[1], [2]],
  },
  status: [
    ["ok", "ok", "ok", "dead"],
    ["ok", "ok", "ok", "ok"],
  ],
  layer: [],
  missing: [],
  left: [],
  errors: [],
};

describe("measures", () => {
  it("are read by filter and epoch", () => {
    expect(valueAt(series, "score", "7", 4)).toBe(7);
    expect(valueAt(series, "score", "7", 5)).toBeNull();
    expect(valueAt(series, "score", "8", 4)).toBeNull();
    expect(valueAt(series, "lift", "7", 4)).toBeNull();
    expect(statusAt(series, "3", 6)).toBe("dead");
  });

  it("say since when a filter has been settled", () => {
    expect(settledSince(series, "3", series.epochs)).toBe(6);
    expect(settledSince(series, "7", series.epochs)).toBeNull();
  });

  it("do not say it before all epochs are read", () => {
    const logged = [...series.epochs, 99];
    expect(settledSince(series, "3", logged)).toBeNull();
    const errors = [{ step: 99, error: "Damaged." }];
    expect(settledSince({ ...series, errors }, "3", logged)).toBe(6);
  });

  it("include those that only the log has", () => {
    expect(measureNames(series)).toContain("my_own");
    expect(measureNames(series)).not.toContain("settled");
    expect(labelOf("my_own")).toBe("my own");
    expect(labelOf("data_max")).toBe("Data maximum");
  });

  it("are written with three digits", () => {
    expect(format(0.47244)).toBe("0.472");
    expect(format(12.34)).toBe("12.3");
    expect(format(null)).toBe("–");
  });
});
