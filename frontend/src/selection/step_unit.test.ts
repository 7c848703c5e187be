import { describe, expect, it } from "vitest";
import type { Series } from "../api/types";
import { loggedShare, stepUnitAt, stepLabel } from "./step_unit";

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

describe("the unit of steps", () => {
  it("is the epoch by default", () => {
    expect(stepUnitAt(series({}, {}), 500).unit).toBe("epoch");
    expect(stepUnitAt(null, 1)).toEqual({ unit: "epoch", also: null });
  });

  it("is the batch if the step is its number", () => {
    const log = series({ batches: 0, epoch: 0 }, { batches: 500, epoch: 1 });
    expect(stepLabel(500, stepUnitAt(log, 500))).toBe("batch 500 (epoch 1)");
  });

  it("is the epoch if both are logged and differ", () => {
    const log = series({}, { batches: 12_000, epoch: 500 });
    expect(stepLabel(500, stepUnitAt(log, 500))).toBe(
      "epoch 500 (batch 12,000)",
    );
  });
});

describe("what else is known of a step", () => {
  it("is that the training has not begun", () => {
    const log = series({ batches: 0, epoch: 0 }, { batches: 500, epoch: 1 });
    expect(stepLabel(0, stepUnitAt(log, 0))).toBe("batch 0 (before training)");
    expect(stepLabel(0, stepUnitAt(series({}, {}), 0))).toBe(
      "epoch 0 (before training)",
    );
  });

  it("is not that of a saved model, which has one epoch", () => {
    expect(stepLabel(0, stepUnitAt({ ...series({}), epochs: [0] }, 0))).toBe(
      "epoch 0",
    );
  });

  it("is since when the layer has not changed", () => {
    const log = series({}, { unchanged_since: 0 });
    expect(stepLabel(500, stepUnitAt(log, 500))).toBe(
      "epoch 500 (unchanged since epoch 0)",
    );
  });
});

describe("the share of logged epochs", () => {
  it("is of all epochs, or a number of updates", () => {
    expect(loggedShare([0, 2, 4], "epoch")).toBe("3 of 5 epochs");
    expect(loggedShare([0, 500], "batch")).toBe("2 updates");
    expect(loggedShare([500], "batch")).toBe("1 update");
  });
});
