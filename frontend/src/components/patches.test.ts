import { describe, expect, it } from "vitest";
import { insideOf } from "./patches";

/** A grey field with an input of another grey at a place. */
function field(width: number, height: number, box: number[]) {
  const [left = 0, top = 0, across = 0, down = 0] = box;
  const data = new Uint8ClampedArray(width * height * 4).fill(128);
  for (let y = top; y < top + down; y++) {
    for (let x = left; x < left + across; x++) {
      data.fill(
        (x * 50 + y * 30) % 100,
        (y * width + x) * 4,
        (y * width + x) * 4 + 3,
      );
    }
  }
  return { data, width, height };
}

describe("the input inside a larger field", () => {
  it("is found by the uniform padding around it", () => {
    const found = insideOf(field(20, 20, [9, 2, 6, 5]), {
      width: 6,
      height: 5,
    });
    expect(found).toEqual({ x: 9, y: 2, width: 6, height: 5 });
  });

  it("is found in a corner", () => {
    const found = insideOf(field(20, 12, [0, 0, 8, 7]), {
      width: 8,
      height: 7,
    });
    expect(found).toEqual({ x: 0, y: 0, width: 8, height: 7 });
  });

  it("is the whole cell where the field is not larger", () => {
    const found = insideOf(field(8, 8, [2, 2, 3, 3]), { width: 8, height: 8 });
    expect(found).toEqual({ x: 0, y: 0, width: 8, height: 8 });
  });

  it("is found in signals by the padding of each row", () => {
    const width = 20;
    const rows = [40, 200]; // the mean of each channel
    const data = new Uint8ClampedArray(width * rows.length * 4);
    rows.forEach((padding, y) => {
      for (let x = 0; x < width; x++) {
        const inside = x >= 5 && x < 17;
        const value = inside ? 20 + ((x * 37 + y * 11) % 200) : padding;
        data.fill(value, (y * width + x) * 4, (y * width + x) * 4 + 3);
      }
    });
    const cell = { data, width, height: 2 };
    const found = insideOf(cell, { width: 12, height: 2 }, true);
    expect(found).toEqual({ x: 5, y: 0, width: 12, height: 2 });
  });
});
