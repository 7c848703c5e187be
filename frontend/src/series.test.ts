import { describe, expect, it } from "vitest";
import type { Series } from "./api";
import { merge } from "./series";

function of(epochs: number[], scores: Record<string, number[]>): Series {
  const keys = Object.keys(scores);
  return {
    epochs,
    wall_times: epochs.map((at) => at * 10),
    keys,
    filters: keys.map(Number),
    values: { score: keys.map((key) => scores[key] ?? []) },
    status: keys.map(() => epochs.map(() => "ok")),
    layer: epochs.map((at) => ({ seconds: at })),
    missing: [],
    left: [],
    errors: [],
  };
}

describe("series that come in parts", () => {
  it("are put together in the order of epochs", () => {
    const found = merge(of([1, 4], { 0: [1, 4] }), of([0, 3], { 0: [0, 3] }));
    expect(found.epochs).toEqual([0, 1, 3, 4]);
    expect(found.values["score"]).toEqual([[0, 1, 3, 4]]);
    expect(found.wall_times).toEqual([0, 10, 30, 40]);
    expect(found.layer.map(({ seconds }) => seconds)).toEqual([0, 1, 3, 4]);
  });

  it("leave empty what only one part has", () => {
    const found = merge(of([0], { 10: [5] }), of([1], { 2: [6] }));
    expect(found.keys).toEqual(["2", "10"]);
    expect(found.values["score"]).toEqual([
      [null, 6],
      [5, null],
    ]);
    expect(found.status).toEqual([
      [null, "ok"],
      ["ok", null],
    ]);
  });

  it("take what was read last where both have an epoch", () => {
    const found = merge(of([0, 1], { 0: [1, 2] }), of([1], { 0: [9] }));
    expect(found.values["score"]).toEqual([[1, 9]]);
  });
});
