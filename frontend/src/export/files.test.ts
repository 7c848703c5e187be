import { describe, expect, it } from "vitest";
import { rastered } from "./files";

describe("a PNG", () => {
  it("that is too large for a canvas fails with a suggestion", async () => {
    const drawing = { width: 2000, height: 1000, draw: () => undefined };
    await expect(rastered(drawing, 16)).rejects.toThrow(
      "32000 × 16000 pixels is too large for a browser. Choose a smaller scale",
    );
  });
});
