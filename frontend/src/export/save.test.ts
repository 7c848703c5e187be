import { describe, expect, it, vi } from "vitest";
import { shownSeries } from "../selection/shown";
import { update } from "../state/state";
import { freshRun, serve } from "../testing/server";
import { comparedIn, description, fileName, selected } from "./save";

describe("a saved file", () => {
  it("is named after its content", () => {
    const name = fileName(["my run", "block/conv", "filter-3"], "each");
    expect(name).toBe("my-run_block-conv_filter-3_each");
    expect(fileName(["x".repeat(400)], "each").length).toBe(150);
  });

  it("describes how its image was made and is displayed", async () => {
    const run = freshRun("first");
    const layers = [{ tag: "conv", keys: ["0"], epochs: [2] }];
    await serve([{ run, layers }]);
    await vi.waitFor(() => expect(shownSeries.value).not.toBeNull());
    update({ norm: "each", channel: "mean" });
    const place = { run, tag: "conv", epoch: 2, key: "0" };
    expect(description(place, { filter: "0", epoch: 2 })).toEqual({
      run: run.replace("/actmax", ""),
      layer: "conv",
      filter: "0",
      epoch: 2,
      normalization: "each",
      channel: "mean",
      smooth: false,
      value_range: [0, 1],
      receptive_field: [5, 5],
      made_with: { steps: 32 },
    });
  });

  it("says which filters it shows, and why", async () => {
    const layer = { tag: "conv", keys: ["0", "1", "2"], epochs: [2] };
    await serve([{ run: freshRun(), layers: [layer] }]);
    await vi.waitFor(() => expect(shownSeries.value).not.toBeNull());
    expect(selected()).toEqual([]);
    update({ search: "1-2" });
    expect(selected()).toEqual(["1-2: 2 of 3 filters"]);
  });

  it("says that twins are stacked", async () => {
    const keys = ["0", "1", "2"];
    const layer = { tag: "conv", keys, epochs: [2] };
    const [nearest, r, x, y] = [["1", "0", "0"], [0.99, 0.99, 0], keys, keys];
    const groups = [["0", "1"]];
    const relations = { keys, groups, nearest, r, x, y, reason: null };
    const runs = [{ run: freshRun(), layers: [layer] }];
    await serve(runs, { view: "grid", sort: "twins" }, { relations });
    await vi.waitFor(() =>
      expect(selected()).toEqual(["2 of 3 filters (twins are stacked)"]),
    );
  });

  it("is titled with what is compared, what is shared once", async () => {
    const [one, two] = [freshRun("one"), freshRun("two")];
    const layers = [{ tag: "conv", keys: ["0"], epochs: [2] }];
    await serve([one, two].map((run) => ({ run, layers })));
    const names = [one, two].map((run) => run.replace("/actmax", ""));
    const a = { run: one, tag: "conv", epoch: 2, key: "0" };
    expect(comparedIn({ a, b: { ...a, epoch: 8 } })).toBe(
      `${names[0]} · conv · filter 0: epoch 2 | epoch 8`,
    );
    expect(comparedIn({ a, b: { ...a, run: two, key: "3" } })).toBe(
      `conv · epoch 2: ${names[0]} · filter 0 | ${names[1]} · filter 3`,
    );
    expect(comparedIn({ a, b: a })).toBe(
      `${names[0]} · conv · filter 0 · epoch 2`,
    );
  });
});
