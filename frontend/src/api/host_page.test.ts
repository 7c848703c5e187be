import { afterEach, describe, expect, it, vi } from "vitest";
import {
  formatHash,
  linkTo,
  onUrlChange,
  parseHash,
  readUrl,
  watchDarkMode,
  writeUrl,
} from "./host_page";

afterEach(() => {
  vi.restoreAllMocks();
  history.replaceState(null, "", "#");
});

describe("the hash of TensorBoard's page", () => {
  it("keeps other parameters", () => {
    const hash = formatHash("#actmax&other=1&p.actmax.view=time", new Map());
    expect(hash).toBe("#actmax&other=1");
  });

  it("is read in spite of a broken escape", () => {
    const found = parseHash("#actmax&p.actmax.run=%E0%A4%A&p.actmax.view=time");
    expect([...found]).toEqual([["view", "time"]]);
  });

  it("is written, read, and put into a link", () => {
    history.replaceState(null, "", "#actmax");
    writeUrl(new Map([["run", "a b"]]), false);
    expect(readUrl().get("run")).toBe("a b");
    expect(linkTo(new Map([["run", "c"]]))).toMatch(
      /#actmax&p\.actmax\.run=c$/,
    );
  });

  it("is written only if it differs", () => {
    history.replaceState(null, "", "#actmax");
    const replace = vi.spyOn(history, "replaceState");
    writeUrl(new Map([["run", "x"]]), false);
    writeUrl(new Map([["run", "x"]]), false);
    expect(replace).toHaveBeenCalledTimes(1);
  });

  it("is observed until that is stopped", () => {
    const changed = vi.fn();
    const stop = onUrlChange(changed);
    window.dispatchEvent(new Event("hashchange"));
    stop();
    window.dispatchEvent(new Event("hashchange"));
    expect(changed).toHaveBeenCalledTimes(1);
  });
});

describe("dark mode", () => {
  it("is the system's without TensorBoard", () => {
    const set = vi.fn();
    watchDarkMode(set)();
    expect(set).toHaveBeenCalledWith(false);
  });
});
