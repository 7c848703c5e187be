import { describe, expect, it } from "vitest";
import { fitting } from "./room";

describe("the size at which images fit", () => {
  const room = { width: 1000, height: 600 };

  it("fills the room with few, up to a limit", () => {
    expect(fitting(1, room)).toBe(320);
    expect(fitting(8, room)).toBeGreaterThan(200);
  });

  it("shows all of many, down to a limit", () => {
    const size = fitting(32, room);
    const across = Math.floor(1012 / (size + 12));
    expect(across * Math.floor(612 / (size + 32))).toBeGreaterThanOrEqual(32);
    expect(fitting(2000, room)).toBe(72);
  });
});
