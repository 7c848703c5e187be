import { describe, expect, it, vi } from "vitest";
import type { Match } from "../api/types";
import { epochs, shownSeries } from "./shown";
import { update } from "../state/state";
import { freshRun, serve } from "../testing/server";
import {
  noComparison,
  overTime,
  pairedByNumber,
  presets,
  slots,
  twoFilters,
  twoRuns,
} from "./comparison";

const match = {
  pairs: [
    { key: "0", other: "1", r: 0.6 },
    { key: "1", other: "0", r: 0.1 },
    { key: "2", other: "2", r: 0.9 },
  ],
  nearest: [
    { key: "0", other: "2", r: 0.8 },
    { key: "1", other: "1", r: 0.3 },
    { key: "2", other: "2", r: 0.9 },
  ],
  cka: 0.8,
  reason: null,
};

async function open(second = true, answer: Partial<Match> = match) {
  const layers = [{ tag: "conv", keys: ["0", "1", "2"], epochs: [0, 3, 6] }];
  const [one, two] = [freshRun("one"), freshRun("two")];
  const runs = [
    { run: one, layers },
    ...(second ? [{ run: two, layers }] : []),
  ];
  await serve(runs, { view: "compare" }, { match: answer });
  await vi.waitFor(() => {
    expect(epochs.value).toHaveLength(3);
    expect(shownSeries.value?.epochs).toHaveLength(3);
  });
  return { one, two, here: { run: one, tag: "conv", epoch: 6, key: "0" } };
}

describe("what is compared", () => {
  it("is the first filter at its first and newest epoch by default", async () => {
    const { here } = await open();
    await vi.waitFor(() =>
      expect(slots()).toEqual({ a: { ...here, epoch: 0 }, b: here }),
    );
  });

  it("is the choice with a suggestion for the other", async () => {
    const { here } = await open();
    const b = { ...here, key: "2", epoch: 3 };
    update({ b });
    expect(slots()).toEqual({ a: { ...b, epoch: 0 }, b });
  });
});

describe("a layer at one epoch", () => {
  async function openOne(keys: string[]) {
    const run = freshRun("one");
    const layers = [{ tag: "conv", keys, epochs: [4] }];
    await serve([{ run, layers }], { view: "compare" });
    await vi.waitFor(() => {
      expect(shownSeries.value?.epochs).toEqual([4]);
      expect(epochs.value).toEqual([4]);
    });
    return { run, tag: "conv", epoch: 4, key: "0" };
  }

  it("is compared filter with filter, and says so", async () => {
    const here = await openOne(["0", "1"]);
    const pair = { a: here, b: { ...here, key: "1" } };
    expect(slots()).toEqual(pair);
    expect(noComparison(pair)).toMatch(/^Only one epoch is logged/);
    update({ b: here });
    expect(slots()).toEqual({ a: { ...here, key: "1" }, b: here });
    update({ a: here });
    expect(slots()).toEqual({ a: here, b: here });
    expect(noComparison({ a: here, b: here })).toBe(
      "A and B are the same image, and only one epoch is logged: choose another filter.",
    );
  });

  it("of one filter has nothing to compare", async () => {
    const here = await openOne(["0"]);
    expect(slots()).toEqual({ a: here, b: here });
    expect(noComparison({ a: here, b: here })).toContain("the same image");
  });
});

describe("the presets", () => {
  it("are two epochs, two filters and two runs", async () => {
    const { here, two } = await open();
    expect(overTime(here)?.a.epoch).toBe(0);
    expect(twoFilters(here)?.b.key).toBe("1");
    await vi.waitFor(() =>
      expect(twoRuns(here).pair?.b).toEqual({ ...here, run: two, key: "2" }),
    );
  });

  it("say that a filter has no counterpart", async () => {
    const { here } = await open();
    await vi.waitFor(() => {
      const { pair, note } = twoRuns({ ...here, key: "1" });
      expect(pair).toBeNull();
      expect(note).toContain("has no counterpart in two");
      expect(note).toContain("(the nearest, 1, has r 0.30)");
    });
  });

  it("start from the later epoch of a comparison over time", async () => {
    const { here, two } = await open();
    update({ a: { ...here, epoch: 0 }, b: here });
    await vi.waitFor(() => {
      const pair = presets().find(({ name }) => name === "Two runs")?.pair;
      expect(pair?.a).toEqual(here);
      expect(pair?.b).toMatchObject({ run: two, epoch: 6, key: "2" });
    });
  });

  it("return to two epochs of a filter after two runs", async () => {
    const { here, two } = await open();
    update({ a: here, b: { ...here, run: two, key: "2" } });
    const [over] = presets();
    expect(over?.pair).toEqual({ a: { ...here, epoch: 0 }, b: here });
    update({ ...over?.pair });
    expect(slots()).toEqual({ a: { ...here, epoch: 0 }, b: here });
  });

  it("pair filters by number where responses cannot be compared", async () => {
    const { here, two } = await open(true, {
      pairs: [],
      cka: null,
      reason: "Other probes.",
    });
    await vi.waitFor(() =>
      expect(twoRuns(here).note).toBe("Paired by number: Other probes."),
    );
    const other = { ...here, run: two };
    expect(pairedByNumber({ a: here, b: other })).toContain("Other probes.");
    // It is about filters of two runs.
    const twin = { ...here, key: "1" };
    expect(pairedByNumber({ a: here, b: twin })).toBeNull();
    expect(pairedByNumber({ a: here, b: { ...other, key: "1" } })).toBeNull();
    await vi.waitFor(() =>
      expect(twoRuns({ ...here, key: "7" })).toMatchObject({
        pair: null,
        note: expect.stringContaining("has no filter 7") as string,
        lacking: true,
      }),
    );
  });

  it("say why they are not available", async () => {
    await open(false);
    const runs = presets().find(({ name }) => name === "Two runs");
    expect(runs?.pair).toBeNull();
    expect(runs?.note).toContain("No other run");
  });
});
