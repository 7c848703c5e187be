import { beforeEach, describe, expect, it, vi } from "vitest";
import { epochs, shownSeries } from "./shown";
import { missing, missingPlace } from "./missing";
import { update } from "../state/state";
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

describe("a link to something that is not logged", () => {
  it("is not reported if all is logged", () => {
    update({ filter: "0" });
    expect(missing()).toBeNull();
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
  ])("to %o is reported with a way on", async (change, message) => {
    update(change);
    await vi.waitFor(() => expect(missing()?.message).toContain(message));
    update(missing()?.fix ?? {});
    expect(missing()).toBeNull();
  });

  it("names what an image of a comparison lacks", () => {
    const place = { run, tag: "conv", epoch: 5, key: "0" };
    expect(missingPlace(place)).toBeNull();
    expect(missingPlace({ ...place, tag: "x" })).toContain("no layer “x”");
    expect(missingPlace({ ...place, epoch: 4 })).toContain("at epoch 4");
    expect(missingPlace({ ...place, key: "8" })).toContain("no filter 8");
  });
});
