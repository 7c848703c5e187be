import { describe, expect, it } from "vitest";
import { tally } from "./exemplars";

describe("the classes of exemplars", () => {
  it("are counted, the most frequent first", () => {
    expect(tally([3, 8, 3, 1])).toBe("3 (2 times), 1, 8");
  });
});
