import { describe, expect, it } from "vitest";
import { chosenPlace, runLabel } from "./inspected";
import { update } from "../state/state";
import { freshRun, serve } from "../testing/server";

describe("the inspected filter", () => {
  it("has a place as soon as one is chosen", async () => {
    const run = freshRun();
    const layers = [{ tag: "conv", keys: ["0"], epochs: [0, 5] }];
    await serve([{ run, layers }]);
    expect(chosenPlace()).toBeNull();
    update({ filter: "0" });
    expect(chosenPlace()).toEqual({ run, tag: "conv", epoch: 5, key: "0" });
  });

  it("is of a run with a name for people", () => {
    const runs = [{ run: "a/actmax", label: "a" }];
    expect(runLabel("a/actmax", runs)).toBe("a");
    expect(runLabel("gone", runs)).toBe("gone");
  });
});
