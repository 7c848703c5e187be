import { describe, expect, it } from "vitest";
import { inspected } from "./inspected";
import { update } from "../state/state";
import { freshRun, serve } from "../testing/server";

describe("the inspected filter", () => {
  it("is known as soon as one is selected", async () => {
    const run = freshRun();
    const layers = [{ tag: "conv", keys: ["0"], epochs: [0, 5] }];
    await serve([{ run, layers }]);
    expect(inspected.value).toBeNull();
    update({ filter: "0" });
    expect(inspected.value).toEqual({ run, tag: "conv", epoch: 5, key: "0" });
  });
});
