import { describe, expect, it, vi } from "vitest";
import { dark, followTheme, inks } from "./theme";

describe("the theme", () => {
  it("follows changes of dark mode, also on canvases", () => {
    // Without TensorBoard, the system's setting counts.
    const system = Object.assign(new EventTarget(), { matches: false });
    vi.stubGlobal("matchMedia", () => system);
    const change = (now: boolean) => {
      system.matches = now;
      system.dispatchEvent(new Event("change"));
    };
    const stop = followTheme();
    const light = inks();
    const { classList } = document.documentElement;
    change(true);
    expect(dark.value).toBe(true);
    expect(classList.contains("dark")).toBe(true);
    expect(inks().paper).not.toBe(light.paper);
    change(false);
    expect(classList.contains("dark")).toBe(false);
    expect(inks()).toEqual(light);
    stop();
    change(true);
    expect(dark.value).toBe(false);
  });
});
