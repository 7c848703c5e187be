import { describe, expect, it } from "vitest";
import { inspectedPlace } from "./inspected";
import { update } from "../state/state";
import { freshRun, serve } from "../testing/server";

describe("the inspected filter", () => {
  it("is known as soon as one is selected", async () => {
    const run = freshRun();
    const layers = [{ tag: "conv", keys: ["0"], epochs: [0, 5] }];
    await serve([{ run, layers }]);
    expect(inspectedPlace()).toBeNull();
    update({ filter: "0" });
    expect(inspectedPlace()).toEqual({ run, tag: "conv", epoch: 5, key: "0" });
  });
});
