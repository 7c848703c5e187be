import { describe, expect, it } from "vitest";
import { animate } from "./apng";
import type { Chunk } from "./png";

const frame = (...data: number[]): Chunk[] => [
  {
    type: "IHDR",
    data: new Uint8Array([0, 0, 0, 2, 0, 0, 0, 3, 8, 6, 0, 0, 0]),
  },
  { type: "IDAT", data: new Uint8Array(data) },
  { type: "IEND", data: new Uint8Array(0) },
];

describe("an animation", () => {
  const chunks = animate([frame(1), frame(2), frame(3)], [400, 400, 1200]);

  it("has a numbered control chunk before each frame", () => {
    expect(chunks.map(({ type }) => type)).toEqual([
      "IHDR",
      "acTL",
      "fcTL",
      "IDAT",
      "fcTL",
      "fdAT",
      "fcTL",
      "fdAT",
      "IEND",
    ]);
    const numbers = chunks
      .filter(({ type }) => type === "fcTL" || type === "fdAT")
      .map(({ data }) => data[3]);
    expect(numbers).toEqual([0, 1, 2, 3, 4]);
    expect(chunks[1]?.data[3]).toBe(3);
  });

  it("states the size and duration of each frame", () => {
    const last = [...(chunks[6]?.data ?? [])];
    expect(last.slice(4, 12)).toEqual([0, 0, 0, 2, 0, 0, 0, 3]);
    expect(last.slice(20, 24)).toEqual([4, 176, 3, 232]); // 1200 / 1000 s
  });

  it("needs frames, all of one size", () => {
    const other = frame(1);
    const header = other[0];
    if (header) header.data[3] = 9;
    expect(() => animate([frame(1), other], [])).toThrow("differ");
    expect(() => animate([], [])).toThrow("at least one");
  });
});
