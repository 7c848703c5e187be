import { beforeEach, describe, expect, it, vi } from "vitest";
import { failure, type Listed } from "../api/client";
import {
  epoch,
  epochs,
  isLogged,
  keepFresh,
  layer,
  listing,
  refresh,
  run,
  shownSeries,
  writtenAnew,
} from "./logs";
import { update } from "../state/state";
import { freshRun, serve } from "../testing/server";

let name = "";
beforeEach(() => {
  name = freshRun();
  failure.value = null;
});

const conv = (...at: number[]) => ({ tag: "conv", keys: ["0"], epochs: at });

describe("what is shown", () => {
  it("is the first run's first layer at its newest epoch", async () => {
    await serve([
      { run: name, layers: [conv(0, 2), { ...conv(9), tag: "b" }] },
    ]);
    expect(run.value?.run).toBe(name);
    expect(layer.value?.tag).toBe("conv");
    expect(epoch.value).toBe(2);
    update({ layer: "b" });
    expect(epoch.value).toBe(9);
    update({ layer: "conv", epoch: 0 });
    expect(epoch.value).toBe(0);
  });

  it("is nothing where what was chosen is not there", async () => {
    await serve([{ run: name, layers: [conv(0)] }], { run: "gone" });
    expect(run.value).toBeNull();
    expect(epoch.value).toBeNull();
    update({ run: null, layer: "gone" });
    expect(layer.value).toBeNull();
    expect(shownSeries.value).toBeNull();
  });

  it("is no epoch of a layer that cannot be read", async () => {
    const layers = [{ ...conv(), fault: "It is broken." }];
    await serve([{ run: name, layers }]);
    expect(layer.value?.fault).toBe("It is broken.");
    expect(epoch.value).toBeNull();
  });
});

describe("whether an epoch is logged", () => {
  it("is known of the newest one at once, of others later", async () => {
    await serve([{ run: name, layers: [conv(0, 2)] }]);
    const shown = layer.value;
    if (!shown) throw new Error("no layer");
    expect(isLogged(shown, 2)).toBe(true);
    expect(isLogged(shown, 1)).toBeNull();
    await vi.waitFor(() => expect(epochs.value).toEqual([0, 2]));
    expect(isLogged(shown, 1)).toBe(false);
    expect(isLogged(shown, 0)).toBe(true);
  });
});

describe("a look for what is new", () => {
  it("follows the newest epoch, and leaves what was chosen", async () => {
    await serve([{ run: name, layers: [conv(0, 1)] }]);
    expect(epoch.value).toBe(1);
    await serve([{ run: name, layers: [conv(0, 1, 2)] }]);
    expect(epoch.value).toBe(2);
    await vi.waitFor(() => expect(epochs.value).toEqual([0, 1, 2]));
    await serve([{ run: name, layers: [conv(0, 1, 2, 3)] }], { epoch: 1 });
    expect(epoch.value).toBe(1);
    await vi.waitFor(() => expect(epochs.value).toEqual([0, 1, 2, 3]));
  });

  it("changes nothing where nothing is new", async () => {
    await serve([{ run: name, layers: [conv(0)] }]);
    const before = listing.value;
    await refresh();
    expect(listing.value).toBe(before);
  });

  it("that fails leaves what is there", async () => {
    await serve([{ run: name, layers: [conv(0)] }]);
    vi.stubGlobal("fetch", () => Promise.reject(new Error("away")));
    await refresh();
    expect(listing.value.kind).toBe("ready");
    expect(failure.value).toBe("away");
  });

  it("says what is wrong where nothing is there yet", async () => {
    listing.value = { kind: "loading" };
    vi.stubGlobal("fetch", () => Promise.reject(new Error("away")));
    await refresh();
    expect(listing.value).toEqual({ kind: "error", message: "away" });
    await serve([{ run: name, layers: [conv(0)] }]);
    expect(listing.value.kind).toBe("ready");
    expect(failure.value).toBeNull();
  });

  it("is made again and again until it is stopped", async () => {
    vi.useFakeTimers();
    try {
      const fetch = vi.fn(() => Promise.resolve(new Response('{"runs": []}')));
      vi.stubGlobal("fetch", fetch);
      const stop = keepFresh();
      await vi.advanceTimersByTimeAsync(6500);
      expect(fetch).toHaveBeenCalledTimes(3);
      stop();
      await vi.advanceTimersByTimeAsync(20_000);
      expect(fetch).toHaveBeenCalledTimes(3);
    } finally {
      vi.useRealTimers();
    }
  });

  it("is not made while nobody sees the tab", async () => {
    vi.useFakeTimers();
    const height = vi.spyOn(window, "innerHeight", "get").mockReturnValue(0);
    try {
      listing.value = { kind: "ready", runs: [] };
      const fetch = vi.fn(() => Promise.resolve(new Response('{"runs": []}')));
      vi.stubGlobal("fetch", fetch);
      const stop = keepFresh();
      await vi.advanceTimersByTimeAsync(10_000);
      expect(fetch).not.toHaveBeenCalled();
      height.mockReturnValue(800);
      await vi.advanceTimersByTimeAsync(3000);
      expect(fetch).toHaveBeenCalledTimes(1);
      stop();
    } finally {
      height.mockRestore();
      vi.useRealTimers();
    }
  });
});

describe("layers that were written anew", () => {
  function listed(tag: string, last: number, stamp: string): Listed {
    const about = { layer_index: 0, layer_filters: 1, layer_type: null };
    return { ...about, tag, last, stamp };
  }

  it("are those that changed without a later epoch", () => {
    const of = (layers: Listed[]) => [{ run: "r", label: "r", layers }];
    const before = of([
      listed("same", 3, "a"),
      listed("longer", 3, "a"),
      listed("anew", 3, "a"),
      listed("gone", 3, "a"),
    ]);
    const anew = listed("anew", 1, "b");
    const after = of([
      listed("same", 3, "a"),
      listed("longer", 4, "b"),
      anew,
      listed("first", 0, "c"),
    ]);
    expect(writtenAnew(before, after)).toEqual([["r", anew]]);
  });
});
