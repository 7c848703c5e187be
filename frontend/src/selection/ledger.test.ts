import { describe, expect, it } from "vitest";
import type { Series } from "../api/types";
import { bandsOf, counts } from "./ledger";

function layer(status: string[]): [Series, number] {
  return [
    {
      epochs: [4],
      wall_times: [1],
      keys: status.map((_, i) => String(i)),
      filters: status.map((_, i) => i),
      values: {},
      status: status.map((one) => [one]),
      layer: [],
      missing: [],
      left: [],
      errors: [],
    },
    4,
  ];
}

const match = (...pairs: [string, string, number][]) => ({
  pairs: pairs.map(([key, other, r]) => ({ key, other, r })),
  cka: 0.9,
  reason: null,
});

describe("the ledger", () => {
  it("puts pairs in bands, in order of r", () => {
    const found = bandsOf(
      match(
        ["0", "1", 0.95],
        ["1", "0", 0.8],
        ["2", "2", 0.6],
        ["3", "3", 0.1],
      ),
      layer(["ok", "ok", "ok", "ok"]),
      layer(["ok", "ok", "ok", "ok"]),
    );
    expect(found.kept).toEqual([{ before: "0", after: "1", r: 0.95 }]);
    expect(found.changed.map(({ r }) => r)).toEqual([0.6, 0.8]);
    expect(found.lost).toEqual([{ before: "3", after: null, r: 0.1 }]);
    expect(found.new).toEqual([{ before: null, after: "3", r: 0.1 }]);
    expect(counts(found)).toBe("1 kept, 2 changed, 1 lost, 1 new");
  });

  it("calls dead filters neither lost nor new", () => {
    const found = bandsOf(
      match(["0", "0", 0], ["1", "1", 0]),
      layer(["dead", "ok"]),
      layer(["dead", "dead"]),
    );
    expect(found.lost).toEqual([{ before: "1", after: null, r: 0 }]);
    expect([found.new.length, found.dead]).toEqual([0, 1]);
    expect(counts(found)).toContain("1 dead in both");
  });

  it("counts filters of the larger layer, which have no match", () => {
    const found = bandsOf(
      match(["0", "0", 1]),
      layer(["ok"]),
      layer(["ok", "ok"]),
    );
    expect(found.new).toEqual([{ before: null, after: "1", r: null }]);
  });
});
