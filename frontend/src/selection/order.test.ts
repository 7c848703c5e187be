import { describe, expect, it, vi } from "vitest";
import { inOrder, isRising, shownKeys, sortBlocked } from "./order";
import { shownSeries } from "./shown";
import { update } from "../state/state";
import { freshRun, serve } from "../testing/server";

const open = async (values: Record<string, number[][]>, epochs = [0, 1]) => {
  const layers = [{ tag: "conv", keys: ["0", "1", "2"], epochs, values }];
  await serve([{ run: freshRun(), layers }], { view: "grid" });
  await vi.waitFor(() =>
    expect(shownSeries.value?.epochs).toHaveLength(epochs.length),
  );
};

describe("the order of filters", () => {
  it("puts filters without a value last in either order", () => {
    const values = new Map<string, number | null>([
      ["a", 1],
      ["b", null],
      ["c", 3],
    ]);
    expect(inOrder(["a", "b", "c"], values, false)).toEqual(["c", "a", "b"]);
    expect(inOrder(["a", "b", "c"], values, true)).toEqual(["a", "c", "b"]);
  });

  it("starts with the lowest number or the highest measure", () => {
    expect(isRising("index", false)).toBe(true);
    expect(isRising("lift", false)).toBe(false);
    expect(isRising("lift", true)).toBe(true);
  });

  it("follows a measure at the shown epoch", async () => {
    const score = [
      [9, 1],
      [5, 3],
      [1, 2],
    ];
    await open({ score });
    update({ sort: "score" });
    expect(shownKeys.value).toEqual(["1", "2", "0"]);
    update({ epoch: 0 });
    expect(shownKeys.value).toEqual(["0", "1", "2"]);
    update({ reverse: true });
    expect(shownKeys.value).toEqual(["2", "1", "0"]);
    update({ search: "score > 4" });
    expect(shownKeys.value).toEqual(["1", "0"]);
  });

  it("sorts by when filters settled", async () => {
    const settled = [
      [0, 1],
      [1, 1],
      [0, 0],
    ];
    await open({ settled });
    update({ sort: "settling" });
    expect(shownKeys.value).toEqual(["1", "0", "2"]);
  });
});

describe("a sort that cannot be used", () => {
  it("says why", async () => {
    await open({ score: [[1], [2], [3]] }, [0]);
    const why = (sort: string) => sortBlocked(sort, shownSeries.value);
    expect(why("score")).toBeNull();
    expect(why("lift")).toContain("had no probe");
    expect(why("entropy")).toContain("no labels");
    expect(why("unheard_of")).toBe("Not in this log.");
    expect(why("first")).toBe("Only one epoch is logged.");
    expect(why("similar")).toBe("Select a filter first.");
    expect(sortBlocked("score", null)).toContain("loading");
  });
});
