import { describe, expect, it } from "vitest";
import { layOut } from "./drawing";

describe("a contact sheet", () => {
  it("enlarges pixels by whole numbers", () => {
    expect(layOut(16, 8, 14, 96).tile).toBe(98);
    expect(layOut(16, 8, 200, 96).tile).toBe(200);
  });

  it("has room for all rows, captions and a title", () => {
    const sheet = layOut(20, 8, 96, 96);
    expect(sheet.columns).toBe(8);
    expect(sheet.width).toBe(8 * (96 + 8) + 8);
    expect(sheet.height).toBe(40 + 3 * (96 + 16 + 8));
  });

  it("is only as wide as its images, or as its title", () => {
    expect(layOut(2, 8, 96, 96)).toMatchObject({ columns: 2, width: 340 });
  });
});
