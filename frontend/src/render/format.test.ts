import { describe, expect, it } from "vitest";
import { brief } from "./format";

describe("a brief number", () => {
  it("has at most three digits and four decimals", () => {
    const all = [12.345, 0.4721, 0.00938, 0.0859, -0.00331, 0, null];
    expect(all.map(brief)).toEqual([
      "12.3",
      "0.472",
      "0.0094",
      "0.0859",
      "-0.0033",
      "0",
      "–",
    ]);
  });

  it("does not become zero", () => {
    expect(brief(0.00003)).toBe("0.00003");
    expect(brief(4.2e-9)).toBe("4e-9");
  });
});
