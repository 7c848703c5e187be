import { describe, expect, it } from "vitest";
import type { Match, Series } from "../api/types";
import { bandsOf, counts } from "./bands";
import { chosenOf, type Compared } from "./ledger";

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

type Listed = [key: string, other: string, r: number][];

const correlated = (all: Listed) =>
  all.map(([key, other, r]) => ({ key, other, r }));

const match = (...pairs: Listed): Match => ({
  pairs: correlated(pairs),
  nearest: [],
  other_nearest: [],
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
    const none = { r: null, nearest: null };
    expect(found.kept).toEqual([
      {
        before: "0",
        after: "1",
        r: 0.95,
        nearest: null,
        status: { before: "ok", after: "ok" },
      },
    ]);
    expect(found.changed.map(({ r }) => r)).toEqual([0.6, 0.8]);
    expect(found.lost).toEqual([
      {
        ...none,
        before: "3",
        after: null,
        status: { before: "ok", after: null },
      },
    ]);
    expect(found.new).toEqual([
      {
        ...none,
        before: null,
        after: "3",
        status: { before: null, after: "ok" },
      },
    ]);
    expect(counts(found)).toBe("1 kept, 2 changed, 1 lost, 1 new");
  });

  it("calls dead filters neither lost nor new", () => {
    const found = bandsOf(
      match(["0", "0", 0], ["1", "1", 0]),
      layer(["dead", "ok"]),
      layer(["dead", "dead"]),
    );
    expect(found.lost.map(({ before }) => before)).toEqual(["1"]);
    expect([found.new.length, found.dead.both]).toEqual([0, 1]);
    expect(counts(found)).toContain("dead 1 → 2: 1 dead in both");
  });

  it("counts the matches that died, and all that are dead", () => {
    const found = bandsOf(
      match(["0", "0", 0.95], ["1", "1", 0.6], ["2", "2", 1], ["3", "3", 0.1]),
      layer(["ok", "weak", "dead", "ok"]),
      layer(["dead", "dead", "dead", "dead"]),
    );
    expect(found.dead).toEqual({ before: 1, after: 4, both: 1, died: 2 });
    expect(counts(found)).toBe(
      "2 kept, 1 changed, 1 lost, 0 new · dead 1 → 4: 2 died, 1 dead in both",
    );
    expect(found.changed[0]?.status).toEqual({ before: "weak", after: "dead" });
  });

  it("counts filters of the larger layer, which have no match", () => {
    const found = bandsOf(
      match(["0", "0", 1]),
      layer(["ok"]),
      layer(["ok", "ok"]),
    );
    expect(found.new.map(({ after }) => after)).toEqual(["1"]);
  });

  it("counts no filter as lost or new that only one epoch logs", () => {
    const [series] = layer(["ok", "ok", "ok", "ok"]);
    const logged: Series = {
      ...series,
      epochs: [0, 4],
      status: [
        ["ok", "ok"],
        ["ok", "ok"],
        ["ok", null],
        [null, "ok"],
      ],
    };
    const sides = [
      [logged, 0],
      [logged, 4],
    ] as const;
    const pairs: Listed = [
      ["0", "0", 0.95],
      ["1", "1", 0.1],
    ];
    const found = bandsOf(match(...pairs), ...sides, true);
    expect(found.lost.map(({ before }) => before)).toEqual(["1"]);
    expect(found.new.map(({ after }) => after)).toEqual(["1"]);
    expect(found.logged).toEqual({ before: 3, after: 3 });
    // Of two runs, filters of one number are not the same.
    const apart = bandsOf(match(...pairs), ...sides);
    expect(apart.lost.map(({ before }) => before)).toEqual(["1", "2"]);
    expect(apart.new.map(({ after }) => after)).toEqual(["1", "3"]);
  });

  it("names the nearest filter of those without a match, and its match", () => {
    const alive = layer(["ok", "ok", "ok"]);
    const found = bandsOf(
      {
        ...match(["0", "0", 0.9], ["1", "1", 0.3], ["2", "2", 0.1]),
        nearest: correlated([
          ["0", "0", 0.9],
          ["1", "0", 0.8],
          ["2", "1", 0.2],
        ]),
        other_nearest: correlated([["1", "0", 0.4]]),
      },
      alive,
      alive,
    );
    // The least alike first.
    expect(found.lost.map(({ before, nearest }) => [before, nearest])).toEqual([
      ["2", { key: "1", r: 0.2, partner: null }],
      ["1", { key: "0", r: 0.8, partner: "0" }],
    ]);
    expect(found.new.map(({ after, nearest }) => [after, nearest])).toEqual([
      ["2", null],
      ["1", { key: "0", r: 0.4, partner: "0" }],
    ]);
  });
});

describe("the layer that the ledger shows", () => {
  const one = (tag: string, filters: number, changed: number): Compared => {
    const keys = Array.from({ length: filters }, (_, i) => String(i));
    const states = layer(keys.map(() => "ok"));
    const found = match(
      ...keys.map((key, i): Listed[number] => [
        key,
        key,
        i < changed ? 0.1 : 1,
      ]),
    );
    return {
      tag,
      steps: [0, 4],
      bands: bandsOf(found, states, states),
      cka: 1,
      reason: null,
      filters,
      exemplars: false,
    };
  };
  const few = one("few", 8, 8);
  const many = one("many", 12, 10);
  const comparing = { ...many, bands: null };

  it("is the one with most changed and lost filters", () => {
    expect(chosenOf([few, many], null, null)).toBe(many);
    // Of as many, that of fewer.
    expect(chosenOf([one("wide", 20, 8), few], null, null)?.tag).toBe("few");
    const failed = { ...comparing, reason: "Other probes." };
    expect(chosenOf([failed, few], null, null)).toBe(few);
  });

  it("counts filters that died though their match is alike", () => {
    const died = one("died", 9, 0);
    const states = layer(Array.from({ length: 9 }, () => "ok"));
    const dead = layer(Array.from({ length: 9 }, () => "dead"));
    const pairs = states[0].keys.map((key): Listed[number] => [key, key, 1]);
    const bands = bandsOf(match(...pairs), states, dead);
    expect(chosenOf([few, { ...died, bands }], null, null)?.tag).toBe("died");
  });

  it("is decided once all are compared, and then stays", () => {
    expect(chosenOf([few, comparing], null, null)).toBeUndefined();
    expect(chosenOf([few, comparing], "few", null)).toBe(few);
    expect(chosenOf([few, many], null, "few")).toBe(few);
    expect(chosenOf([few, comparing], null, "many")).toBe(comparing);
    expect(chosenOf([few, many], "gone", null)).toBe(many);
  });
});
