import { describe, expect, it, vi } from "vitest";
import { shownSeries } from "../selection/shown";
import { update } from "../state/state";
import { freshRun, serve } from "../testing/server";
import { description, fileName } from "./save";

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
});
