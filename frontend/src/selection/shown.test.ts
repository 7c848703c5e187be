import { beforeEach, describe, expect, it, vi } from "vitest";
import { failure } from "../api/client";
import { update } from "../state/state";
import { freshRun, serve } from "../testing/server";
import { deepest, epoch, epochs, layer, run, shownSeries } from "./shown";

let name = "";
beforeEach(() => {
  name = freshRun();
  failure.value = null;
});

const conv = (...at: number[]) => ({ tag: "conv", keys: ["0"], epochs: at });

describe("the selection", () => {
  it("is the first run's deepest layer at its newest epoch by default", async () => {
    await serve([
      { run: name, layers: [{ ...conv(9), tag: "b" }, conv(0, 2)] },
    ]);
    expect(run.value?.run).toBe(name);
    expect(layer.value?.tag).toBe("conv");
    expect(epoch.value).toBe(2);
    update({ layer: "b" });
    expect(epoch.value).toBe(9);
    update({ layer: "conv", epoch: 0 });
    expect(epoch.value).toBe(0);
  });

  it("is by default a convolution that can be read", () => {
    const layers = [
      ["a", "Conv2D", null],
      ["b", "DepthwiseConv2D", null],
      ["c", "Conv2D", "It is broken."],
      ["d", "Dense", null],
    ].map(([tag, layer_type, fault]) => ({ tag, layer_type, fault }) as never);
    expect(deepest(layers)?.tag).toBe("b");
    expect(deepest(layers.slice(3))?.tag).toBe("d");
  });

  it("is empty if the chosen run or layer is not logged", async () => {
    await serve([{ run: name, layers: [conv(0)] }], { run: "gone" });
    expect(run.value).toBeNull();
    expect(epoch.value).toBeNull();
    update({ run: null, layer: "gone" });
    expect(layer.value).toBeNull();
    expect(shownSeries.value).toBeNull();
  });

  it("has no epoch if the layer cannot be read", async () => {
    const layers = [{ ...conv(), fault: "It is broken." }];
    await serve([{ run: name, layers }]);
    expect(layer.value?.fault).toBe("It is broken.");
    expect(epoch.value).toBeNull();
  });

  it("follows the newest epoch but keeps a chosen one", async () => {
    await serve([{ run: name, layers: [conv(0, 1)] }]);
    expect(epoch.value).toBe(1);
    await serve([{ run: name, layers: [conv(0, 1, 2)] }]);
    expect(epoch.value).toBe(2);
    await vi.waitFor(() => expect(epochs.value).toEqual([0, 1, 2]));
    await serve([{ run: name, layers: [conv(0, 1, 2, 3)] }], { epoch: 1 });
    expect(epoch.value).toBe(1);
    await vi.waitFor(() => expect(epochs.value).toEqual([0, 1, 2, 3]));
  });
});
