import { describe, expect, it, vi } from "vitest";
import { freshRun, serve } from "../testing/server";
import { isAbout, redundancy, topClasses, twinsOf } from "./shown_relations";
import { shownKeys } from "./order";
import { update } from "../state/state";

const relations = {
  keys: ["0", "1", "2", "3"],
  groups: [["1", "3"]],
  nearest: ["1", "3", "0", "1"],
  r: [0.2, 0.95, 0.2, 0.95],
  x: [0, 0, 0, 0],
  y: [0, 0, 0, 0],
  reason: null,
};
const classes = {
  keys: ["0", "1", "2", "3"],
  classes: [[4, 4, 7], [7, 7, 7], [4, 7], []],
  names: { "7": "pelican" },
};

async function open() {
  const values = { entropy: [[1], [0], [1], [1]] };
  const keys = ["0", "1", "2", "3"];
  const layers = [{ tag: "conv", keys, epochs: [4], values }];
  await serve([{ run: freshRun(), layers }], {}, { relations, classes });
  await vi.waitFor(() => {
    expect(twinsOf.value.size).toBe(2);
    expect(topClasses.value.size).toBe(3);
    expect(shownKeys.value).toHaveLength(4);
  });
}

describe("twins and classes", () => {
  it("are counted, searched and ordered", async () => {
    await open();
    expect(redundancy()).toBe("redundant: 1 of 4");
    update({ search: "twins" });
    expect(shownKeys.value).toEqual(["1", "3"]);
    update({ search: "", sort: "twins" });
    expect(shownKeys.value.slice(0, 2)).toEqual(["1", "3"]);
    update({ view: "grid" }); // in stacks
    expect(shownKeys.value).toEqual(["1", "0", "2"]);
  });

  it("are of no class if they are dead", async () => {
    const keys = ["0", "1"];
    const status = [["ok"], ["dead"]];
    const layers = [{ tag: "conv", keys, epochs: [4], status }];
    await serve([{ run: freshRun(), layers }], {}, { relations, classes });
    await vi.waitFor(() => expect(topClasses.value.has("0")).toBe(true));
    await vi.waitFor(() => expect(topClasses.value.has("1")).toBe(false));
  });

  it("are of a class if most of their exemplars are", async () => {
    await open();
    expect(topClasses.value.get("0")).toMatchObject({ number: 4, count: 2 });
    expect(isAbout("0", "4")).toBe(true);
    expect(isAbout("1", "pelican")).toBe(true);
    expect(isAbout("2", "4")).toBe(false); // half of them only
    update({ search: "class pelican" });
    expect(shownKeys.value).toEqual(["1"]);
    update({ search: "", sort: "class" });
    expect(shownKeys.value[0]).toBe("0");
  });

  it("are found by a part of a name, unless it is the whole of another", async () => {
    const names = { "4": "white pelican", "7": "pelican" };
    const layers = [{ tag: "conv", keys: ["0", "1", "2", "3"], epochs: [4] }];
    const named = { ...classes, names };
    await serve([{ run: freshRun(), layers }], {}, { classes: named });
    await vi.waitFor(() => expect(topClasses.value.size).toBe(3));
    const about = (name: string) =>
      named.keys.filter((key) => isAbout(key, name));
    expect(about("pelican")).toEqual(["1"]);
    expect(about("white")).toEqual(["0"]);
    expect(about("pel")).toEqual(["0", "1"]);
  });

  it("stay until those of another epoch are known", async () => {
    const layers = [{ tag: "conv", keys: ["0"], epochs: [3, 4] }];
    await serve([{ run: freshRun(), layers }], {}, { classes });
    await vi.waitFor(() => expect(topClasses.value.has("0")).toBe(true));
    update({ epoch: 3 });
    expect(topClasses.value.has("0")).toBe(true);
    await serve([{ run: freshRun(), layers }], {}, { classes });
    expect(topClasses.value.has("0")).toBe(false); // of another run
  });
});
