import { effect } from "@preact/signals";
import { describe, expect, it, vi } from "vitest";
import { epoch, epochToRead, layer } from "./shown";
import { update } from "../state/state";
import { freshRun, serve } from "../testing/server";

describe("the epoch of what is read", () => {
  it("follows once the page has time, but another layer at once", async () => {
    const run = freshRun();
    const layers = [
      { tag: "conv1", keys: ["0"], epochs: [0, 5, 9] },
      { tag: "conv2", keys: ["0"], epochs: [0, 7] },
    ];
    await serve([{ run, layers }]);
    update({ layer: "conv1" });
    const read: (number | null)[] = [];
    const stop = effect(() => void read.push(epochToRead.value));
    update({ epoch: 0 });
    update({ epoch: 5 });
    expect(epoch.value).toBe(5);
    expect(read).toEqual([9]);
    await vi.waitFor(() => expect(read).toEqual([9, 5]));
    update({ layer: "conv2", epoch: 7 });
    expect(layer.value?.tag).toBe("conv2");
    expect(read).toEqual([9, 5, 7]);
    stop();
  });
});
