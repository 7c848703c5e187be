import { describe, expect, it } from "vitest";
import { filtersOf, health, partsOf, shares, spoken, summary } from "./summary";

type State = [status: string, settled: number | null, count: number];

/** A layer at one epoch, with so many filters of each state. */
function layerOf(states: State[]) {
  const filters = states.flatMap(([status, settled, count]) =>
    Array.from({ length: count }, () => ({ status, settled })),
  );
  return {
    epochs: [0],
    keys: filters.map((_, i) => String(i)),
    filters: filters.map((_, i) => i),
    status: filters.map(({ status }) => [status]),
    values: { settled: filters.map(({ settled }) => [settled]) },
    layer: [],
    wall_times: [],
    missing: [],
    left: [],
    errors: [],
  };
}

describe("the counts of a layer", () => {
  // Layers of real logs in which weak filters still change or have settled.
  const layers: [string, State[], string][] = [
    [
      "block2_conv1",
      [
        ["dead", 0, 4],
        ["weak", 0, 4],
        ["ok", 0, 7],
        ["ok", 1, 1],
      ],
      "4 dead, 4 weak, 7 still changing, 1 settled",
    ],
    [
      "block3_conv1",
      [
        ["dead", 0, 3],
        ["weak", 0, 3],
        ["ok", 0, 7],
        ["ok", 1, 3],
      ],
      "3 dead, 3 weak, 7 still changing, 3 settled",
    ],
    [
      "conv2d_4",
      [
        ["weak", 0, 1],
        ["ok", 0, 7],
      ],
      "1 weak, 7 still changing",
    ],
    [
      "conv2d_18",
      [
        ["dead", 0, 137],
        ["weak", 0, 81],
        ["ok", 0, 294],
      ],
      "137 dead, 81 weak, 294 still changing",
    ],
    [
      "a layer with all states",
      [
        ["dead", 1, 2],
        ["weak", 1, 1],
        ["flat", null, 1],
        ["plain", 1, 1],
        ["ok", 0, 3],
        ["ok", 1, 4],
        ["ok", null, 5],
      ],
      "2 dead, 1 weak, 1 flat, 1 plain, 3 still changing, 4 settled, " +
        "5 not compared yet",
    ],
    ["a first epoch", [["dead", null, 3], ["ok", null, 13]], "3 dead, 13 alive"], // prettier-ignore
  ];

  it.each(layers)("add up to the filters of %s", (_, states, words) => {
    const counts = health(layerOf(states), 0);
    const filters = states.reduce((sum, [, , count]) => sum + count, 0);
    const parts = partsOf(counts).map(([, count]) => count);
    expect(parts.reduce((sum, count) => sum + count, 0)).toBe(filters);
    expect(spoken(counts)).toBe(words);
  });

  it("are those of the summary and of the shares", () => {
    const layer = layerOf(layers[0]?.[1] ?? []);
    expect(summary(layer, 0)).toBe(
      "16 filters · 4 dead, 4 weak, 7 still changing, 1 settled",
    );
    expect(shares(layer)).toEqual({
      settled: [1 / 16],
      dead: [1 / 4],
      weak: [1 / 4],
    });
  });
});

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
    expect(summary(series, 0)).toBe(
      "2 filters · median lift 0.50 (best real input: 1)",
    );
    // Whether a dead filter settled is not asked.
    expect(summary(series, 1)).toBe(
      "2 filters · 1 dead, 1 settled · median lift 1.5 (best real input: 1)",
    );
  });

  it("says of how many filters some are logged", () => {
    expect(filtersOf(12, 1280)).toBe("12 of 1,280 filters");
    expect(filtersOf(8, 10)).toBe("8 of 10 filters");
    expect(filtersOf(64, 64)).toBe("64 filters");
    expect(filtersOf(1, null)).toBe("1 filter");
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
    expect(summary(series, 0, 2)).toBe(
      "2 of 3 filters · of all: 2 dead, 1 alive",
    );
    expect(summary(series, 0, 3, 1280)).toBe(
      "3 of the layer’s 1,280 filters · 2 dead, 1 alive",
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
