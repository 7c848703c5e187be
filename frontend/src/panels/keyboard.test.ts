import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { helpShown, keeps, KEYS, neighbour, onKey, onKeyUp } from "./keyboard";
import { state, update } from "../state/state";
import { freshRun, serve } from "../testing/server";

describe("arrow keys", () => {
  const tile = (left: number, top: number) => ({
    tile: document.createElement("button"),
    box: new DOMRect(left, top, 10, 10),
  });
  const [a, b, c] = [tile(0, 0), tile(20, 0), tile(0, 20)];

  it("go to the next tile in a direction and stop at the edge", () => {
    const all = [a, b, c];
    expect(neighbour(a.box, all, "ArrowRight")).toBe(b.tile);
    expect(neighbour(a.box, all, "ArrowDown")).toBe(c.tile);
    expect(neighbour(b.box, all, "ArrowLeft")).toBe(a.tile);
    expect(neighbour(b.box, all, "ArrowRight")).toBeNull();
  });
});

describe("the keys that an element handles itself", () => {
  const made = (tag: string, more: object = {}) =>
    Object.assign(document.createElement(tag), more);

  it.each([
    ["letters in a text field", made("input", { type: "search" }), "a", true],
    ["arrows on a slider", made("input", { type: "range" }), "ArrowUp", true],
    ["no comma on a slider", made("input", { type: "range" }), ",", false],
    ["Space on a checkbox", made("input", { type: "checkbox" }), " ", true],
    [
      "no letter on a checkbox",
      made("input", { type: "checkbox" }),
      "p",
      false,
    ],
    ["arrows in a list", made("select"), "ArrowDown", true],
    ["Space on a button", made("button"), " ", true],
    ["no Space on a tile", made("button", { className: "tile" }), " ", false],
    ["no letter on the page", made("main"), "x", false],
  ])("include %s", (_, element, key, kept) => {
    expect(keeps(element, key)).toBe(kept);
  });
});

describe("keys", () => {
  const press = (key: string, more: object = {}) => {
    const event = new KeyboardEvent("keydown", {
      key,
      cancelable: true,
      ...more,
    });
    Object.defineProperty(event, "target", { value: document.body });
    onKey(event);
    return event.defaultPrevented;
  };

  beforeEach(async () => {
    const layers = [{ tag: "conv", keys: ["0", "1"], epochs: [3] }];
    await serve([{ run: freshRun(), layers }], { filter: "1" });
  });
  afterEach(() => (helpShown.value = false));

  it("set A and B and swap them", () => {
    press("a");
    update({ filter: "0" });
    press("b");
    press("x");
    expect([state.value.a?.key, state.value.b?.key]).toEqual(["0", "1"]);
  });

  it("act on the focused tile, at the slider's epoch if it follows that", () => {
    const tile = document.body.appendChild(document.createElement("button"));
    const place = { run: "a", tag: "conv", key: "0" };
    Object.assign(tile.dataset, { ...place, epoch: "2" });
    tile.focus();
    press("a");
    expect(state.value.a).toEqual({ ...place, epoch: 2 });
    tile.dataset["follows"] = "";
    press("a");
    expect(state.value.a).toEqual({ ...place, epoch: 3 });
    tile.remove();
  });

  it("close the help, then the inspector, then the view", () => {
    update({ view: "time" });
    press("?");
    expect(helpShown.value).toBe(true);
    press("Escape");
    expect(helpShown.value).toBe(false);
    press("Escape");
    expect(state.value.filter).toBeNull();
    press("Escape");
    expect(state.value.view).toBe("grid");
  });

  it("leave the shortcuts of the browser alone", () => {
    expect(press("p", { ctrlKey: true })).toBe(false);
    expect(press("F5")).toBe(false);
    expect(state.value.pins).toEqual([]);
  });

  it("do nothing behind the help", () => {
    press("?");
    press("p");
    expect(state.value.pins).toEqual([]);
  });

  it("do not press a tile when Space is released", () => {
    const tile = Object.assign(document.createElement("button"), {
      className: "tile",
    });
    const event = new KeyboardEvent("keyup", { key: " ", cancelable: true });
    Object.defineProperty(event, "target", { value: tile });
    onKeyUp(event);
    expect(event.defaultPrevented).toBe(true);
  });

  it("are all listed in the help", () => {
    const listed = KEYS.flatMap(([keys]) => keys.split(" "));
    for (const key of [",", ".", "p", "a", "b", "x", "/", "?", "Space"])
      expect(listed).toContain(key);
  });
});
