import { beforeEach, describe, expect, it, vi } from "vitest";
import { failure } from "../api/client";
import type { Listed } from "../api/types";
import {
  findRun,
  isLogged,
  keepFresh,
  layerOf,
  listing,
  refresh,
  rewritten,
  runLabel,
  runOf,
  runs,
} from "./runs";
import { freshRun, serve } from "../testing/server";

let name = "";
beforeEach(() => {
  name = freshRun();
  failure.value = null;
});

const conv = (...at: number[]) => ({ tag: "conv", keys: ["0"], epochs: at });

describe("whether an epoch is logged", () => {
  it("is known at once for the newest, later for the others", async () => {
    await serve([{ run: name, layers: [conv(0, 2)] }]);
    const shown = runs.value[0]?.layers[0];
    if (!shown) throw new Error("no layer");
    expect(isLogged(shown, 2)).toBe(true);
    expect(isLogged(shown, 1)).toBeNull();
    await vi.waitFor(() => expect(shown.epochs).toEqual([0, 2]));
    expect(isLogged(shown, 1)).toBe(false);
    expect(isLogged(shown, 0)).toBe(true);
  });
});

describe("a poll", () => {
  it("changes nothing if nothing is new", async () => {
    await serve([{ run: name, layers: [conv(0)] }]);
    const before = listing.value;
    await refresh();
    expect(listing.value).toBe(before);
  });

  it("that fails keeps the listing", async () => {
    await serve([{ run: name, layers: [conv(0)] }]);
    vi.stubGlobal("fetch", () => Promise.reject(new Error("away")));
    await refresh();
    expect(listing.value.kind).toBe("ready");
    expect(failure.value).toBe("away");
  });

  it("reports a first failure", async () => {
    listing.value = { kind: "loading" };
    vi.stubGlobal("fetch", () => Promise.reject(new Error("away")));
    await refresh();
    expect(listing.value).toEqual({ kind: "error", message: "away" });
    await serve([{ run: name, layers: [conv(0)] }]);
    expect(listing.value.kind).toBe("ready");
    expect(failure.value).toBeNull();
  });

  it("is repeated until it is stopped", async () => {
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

  it("pauses while the tab is hidden", async () => {
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

describe("rewritten layers", () => {
  function listed(tag: string, last: number, stamp: string): Listed {
    const about = { layer_index: 0, layer_filters: 1, layer_type: null };
    return { ...about, tag, last, stamp };
  }

  it("are those that changed without a later epoch", () => {
    const of = (layers: Listed[]) => [
      { run: "r", label: "r", name: "r", layers },
    ];
    const before = of([
      listed("same", 3, "a"),
      listed("longer", 3, "a"),
      listed("rewritten", 3, "a"),
      listed("gone", 3, "a"),
    ]);
    const changed = listed("rewritten", 1, "b");
    const after = of([
      listed("same", 3, "a"),
      listed("longer", 4, "b"),
      changed,
      listed("first", 0, "c"),
    ]);
    expect(rewritten(before, after)).toEqual([["r", changed]]);
  });
});

describe("a run", () => {
  it("is found by its name, its label or its short name", async () => {
    const run = freshRun("found");
    const layers = [{ tag: "conv", keys: ["0"], epochs: [0] }];
    await serve([{ run, layers }]);
    const label = run.replace("/actmax", "");
    expect(findRun(label)).toBe(runOf(run));
    expect(runOf(label)).toBeUndefined();
    expect(layerOf(run, "conv")?.last).toBe(0);
    expect([runLabel(run), runLabel("gone")]).toEqual([label, "gone"]);
  });
});
