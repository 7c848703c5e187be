import { describe, expect, it } from "vitest";
import { ranged } from "./filter_map";

describe("the map of filters", () => {
  it("uses the whole room", () => {
    expect(ranged([-1, -0.5, 0.6], 800)).toEqual([0, 250, 800]);
  });

  it("puts filters that are all alike in the middle", () => {
    expect(ranged([0.2, 0.2], 800)).toEqual([400, 400]);
  });
});
