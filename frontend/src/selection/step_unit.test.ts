import { describe, expect, it } from "vitest";
import type { Series } from "../api/types";
import { kept, momentAt, said } from "./step_unit";

const series = (...layer: object[]): Series => ({
  epochs: [0, 500],
  wall_times: [],
  keys: [],
  filters: [],
  values: {},
  status: [],
  layer,
  missing: [],
  left: [],
  errors: [],
});

describe("what a step counts", () => {
  it("is epochs where nothing else is told", () => {
    expect(momentAt(series({}, {}), 500).unit).toBe("epoch");
    expect(momentAt(null, 0)).toEqual({ unit: "epoch", also: null });
  });

  it("is batches where they are the step, with the epoch beside it", () => {
    const log = series({ batches: 0, epoch: 0 }, { batches: 500, epoch: 1 });
    expect(said(500, momentAt(log, 500))).toBe("batch 500 (epoch 1)");
  });

  it("is epochs with the batches beside them where both are told", () => {
    const log = series({}, { batches: 12_000, epoch: 500 });
    expect(said(500, momentAt(log, 500))).toBe("epoch 500 (batch 12,000)");
  });
});

describe("what was kept", () => {
  it("is counted against what the training made", () => {
    expect(kept([0, 2, 4], "epoch")).toBe("3 of 5 epochs");
    expect(kept([0, 500], "batch")).toBe("2 looks");
  });
});
