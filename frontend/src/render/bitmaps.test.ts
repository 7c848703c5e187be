import { beforeEach, describe, expect, it, vi } from "vitest";
import { keptPicture, makePicture } from "./bitmaps";
import type { Appearance } from "./rendering";

let enlarged = 1; // as if the images were larger

class Paper {
  constructor(
    public width: number,
    public height: number,
  ) {}
  getContext = () => ({ putImageData: vi.fn() });
  transferToImageBitmap = () => ({
    width: this.width * enlarged,
    height: this.height * enlarged,
  });
}

const appearance: Appearance = {
  norm: "optimized",
  channel: "",
  slice: null,
  shared: null,
  basis: null,
};
const header = { height: 2, width: 3, channels: 1, value_range: [0, 1] };

function pixels(width: number, height: number) {
  const data = new Uint8ClampedArray(width * height);
  return { width, height, channels: 1, data };
}

describe("pictures that were made", () => {
  beforeEach(() => {
    vi.stubGlobal("OffscreenCanvas", Paper);
    vi.stubGlobal("ImageData", vi.fn());
  });

  it("are kept in the appearance in which they were made", () => {
    const of = pixels(3, 2);
    expect(keptPicture(of, appearance)).toBeNull();
    const made = makePicture(of, header as never, appearance);
    expect(made).toMatchObject({ width: 3, height: 2 });
    expect(keptPicture(of, { ...appearance })).toBe(made);
    expect(keptPicture(of, { ...appearance, norm: "each" })).toBeNull();
    const shared = { low: 0, high: 9 };
    expect(keptPicture(of, { ...appearance, shared })).toBeNull();
  });

  it("are forgotten in the order in which they were last shown", () => {
    const all = Array.from({ length: 8 }, () => pixels(2, 2));
    enlarged = 1024;
    const [first, second] = all;
    all.slice(0, 6).forEach((of) => {
      makePicture(of, header as never, appearance);
    });
    if (first) keptPicture(first, appearance);
    all.slice(6).forEach((of) => {
      makePicture(of, header as never, appearance);
    });
    const isKept = (of = first) => of && keptPicture(of, appearance) !== null;
    expect(isKept(first)).toBe(true);
    expect(isKept(second)).toBe(false);
  });
});
