import { describe, expect, it } from "vitest";
import { fitting } from "./available_space";

describe("the size at which images fit", () => {
  const space = { width: 1000, height: 600 };

  it("fills the space with few, up to a limit", () => {
    expect(fitting(1, space)).toBe(320);
    expect(fitting(8, space)).toBeGreaterThan(200);
  });

  it("shows all of many, down to a limit", () => {
    const size = fitting(32, space);
    const across = Math.floor(1012 / (size + 12));
    expect(across * Math.floor(612 / (size + 32))).toBeGreaterThanOrEqual(32);
    expect(fitting(2000, space)).toBe(72);
  });
});
