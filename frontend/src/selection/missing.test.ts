import { beforeEach, describe, expect, it, vi } from "vitest";
import { epochs, shownSeries } from "./shown";
import { lost, lostPlace } from "./missing";
import { state, update } from "../state/state";
import { freshRun, serve } from "../testing/server";

let run = "";
beforeEach(async () => {
  run = freshRun();
  const layers = [{ tag: "conv", keys: ["0"], epochs: [0, 5] }];
  await serve([{ run, layers }]);
  await vi.waitFor(() => {
    expect(epochs.value).toHaveLength(2);
    expect(shownSeries.value).not.toBeNull();
  });
});

describe("a link to what is not there", () => {
  it("is no matter while all is there", () => {
    update({ filter: "0" });
    expect(lost()).toBeNull();
  });

  it.each([
    [{ run: "gone" }, "The run “gone” is not in these logs."],
    [{ layer: "gone" }, "has no layer “gone”"],
    [{ epoch: 3 }, "conv is not logged at epoch 3."],
    [{ filter: "9" }, "conv has no filter 9."],
    [
      {
        view: "compare" as const,
        a: { run: "gone", tag: "conv", epoch: 0, key: "0" },
      },
      "The run “gone” is not in these logs.",
    ],
  ])("%o is said and can be mended", async (change, message) => {
    update(change);
    await vi.waitFor(() => expect(lost()?.message).toContain(message));
    update(lost()?.fix ?? {});
    expect(lost()).toBeNull();
  });

  it("names what a slot lacks", () => {
    const place = { run, tag: "conv", epoch: 5, key: "0" };
    expect(lostPlace(place)).toBeNull();
    expect(lostPlace({ ...place, tag: "x" })).toContain("no layer “x”");
    expect(lostPlace({ ...place, epoch: 4 })).toContain("at epoch 4");
    expect(lostPlace({ ...place, key: "8" })).toContain("no filter 8");
    expect(state.value.view).toBe("grid");
  });
});
