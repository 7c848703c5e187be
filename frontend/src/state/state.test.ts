import { beforeEach, describe, expect, it } from "vitest";
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
  it("is in the URL as soon as it changes", () => {
    update({ run: "a/actmax", epoch: 3 });
    expect(location.hash).toContain("p.actmax.epoch=3");
    update({ epoch: null });
    expect(location.hash).not.toContain("epoch");
  });

  it("makes a step for back where another page of it is shown", () => {
    const before = history.length;
    update({ size: 64 });
    expect(history.length).toBe(before);
    update({ view: "time" });
    expect(history.length).toBe(before + 1);
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
});

describe("pins", () => {
  it("come and go", () => {
    togglePin("conv", "3");
    expect(isPinned("conv", "3")).toBe(true);
    togglePin("conv", "3");
    expect(state.value.pins).toEqual([]);
  });

  it("are read as far as they are sound", () => {
    expect(readPin(pinOf("conv", "3"))).toEqual(["conv", "3"]);
    expect(readPin("[1, 2]")).toBeNull();
    expect(readPin("{")).toBeNull();
  });
});
