import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DEFAULTS } from "./schema";
import {
  bindUrl,
  isPinned,
  pinOf,
  readPin,
  state,
  togglePin,
  update,
} from "./state";

beforeEach(() => {
  history.replaceState(null, "", "#actmax");
  state.value = DEFAULTS;
});

describe("the state", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("is written to the URL once it stops changing", () => {
    const replace = vi.spyOn(history, "replaceState");
    for (let epoch = 0; epoch < 50; epoch++) {
      update({ epoch });
      vi.advanceTimersByTime(16);
    }
    expect(replace).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1000);
    expect(replace).toHaveBeenCalledTimes(1);
    expect(location.hash).toContain("p.actmax.epoch=49");
    update({ epoch: null });
    vi.advanceTimersByTime(1000);
    expect(location.hash).not.toContain("epoch");
    replace.mockRestore();
  });

  it("adds to the history if the view, the run or the layer changes", () => {
    const before = history.length;
    update({ size: 64 });
    vi.advanceTimersByTime(1000);
    expect(history.length).toBe(before);
    update({ view: "time" });
    expect(history.length).toBe(before + 1);
  });

  it("keeps earlier changes where the history goes back to", () => {
    const calls: string[] = [];
    const note =
      (how: string) => (_: unknown, __: string, url?: string | URL | null) =>
        void calls.push(`${how} ${String(url)}`);
    const spies = [
      vi.spyOn(history, "replaceState").mockImplementation(note("replace")),
      vi.spyOn(history, "pushState").mockImplementation(note("push")),
    ];
    update({ size: 64 });
    update({ view: "time" });
    expect(calls).toEqual([
      "replace #actmax&p.actmax.size=64",
      "push #actmax&p.actmax.view=time&p.actmax.size=64",
    ]);
    for (const spy of spies) spy.mockRestore();
  });

  it("follows the URL", () => {
    history.replaceState(null, "", "#actmax&p.actmax.filter=9");
    const stop = bindUrl();
    expect(state.value.filter).toBe("9");
    history.replaceState(null, "", "#actmax&p.actmax.filter=4");
    window.dispatchEvent(new Event("hashchange"));
    expect(state.value.filter).toBe("4");
    stop();
  });

  it("keeps a change when TensorBoard changes its part of the URL", () => {
    history.replaceState(null, "", "#actmax&p.actmax.filter=9");
    const stop = bindUrl();
    update({ size: 64 });
    history.replaceState(null, "", "#actmax&other=1&p.actmax.filter=9");
    window.dispatchEvent(new Event("hashchange"));
    expect(state.value.size).toBe(64);
    vi.advanceTimersByTime(1000);
    expect(location.hash).toContain("other=1");
    expect(location.hash).toContain("p.actmax.size=64");
    stop();
  });
});

describe("pins", () => {
  it("are added and removed", () => {
    togglePin("conv", "3");
    expect(isPinned("conv", "3")).toBe(true);
    togglePin("conv", "3");
    expect(state.value.pins).toEqual([]);
  });

  it("are null if they are invalid", () => {
    expect(readPin(pinOf("conv", "3"))).toEqual(["conv", "3"]);
    expect(readPin("[1, 2]")).toBeNull();
    expect(readPin("{")).toBeNull();
  });
});
