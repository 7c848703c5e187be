import { describe, expect, it } from "vitest";
import { crc, readPng, textChunk, withTexts, writePng } from "./png";

const ONE_PIXEL = Uint8Array.from(
  atob(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNiAAAABgADNjd8qAAAAABJRU5ErkJggg==",
  ),
  (letter) => letter.charCodeAt(0),
);

describe("PNG files", () => {
  it("have the check sums of the standard", () => {
    expect(crc(new TextEncoder().encode("IEND"))).toBe(0xae426082);
  });

  it("are read and written unchanged", () => {
    const chunks = readPng(ONE_PIXEL);
    expect(chunks.map(({ type }) => type)).toEqual(["IHDR", "IDAT", "IEND"]);
    expect([...writePng(chunks)]).toEqual([...ONE_PIXEL]);
  });

  it("store texts after their header, in any script", () => {
    const chunks = withTexts(readPng(ONE_PIXEL), { Title: "Schicht α" });
    expect(chunks.map(({ type }) => type)).toEqual([
      "IHDR",
      "iTXt",
      "IDAT",
      "IEND",
    ]);
    const text = new TextDecoder().decode(textChunk("Title", "α").data);
    expect(text).toBe("Title\0\0\0\0\0α");
  });

  it("are told from other files", () => {
    expect(() => readPng(new Uint8Array([71, 73, 70]))).toThrow("not a PNG");
  });
});
