import { expect, it } from "vitest";
import { inColour } from "./colours";
import type { Pixels } from "./pixels";

const pixels: Pixels = {
  width: 2,
  height: 1,
  channels: 3,
  data: new Uint8ClampedArray([0, 51, 255, 51, 102, 153]),
};

it("leaves images without stated colours as they are", () => {
  expect(inColour(pixels, { value_range: [0, 1] })).toBe(pixels);
});

it("reverses BGR", () => {
  const header = {
    value_range: [-1, 4] as [number, number],
    colours: { order: "bgr", black: [-1, -1, -1], white: [4, 4, 4] },
  };
  expect([...inColour(pixels, header).data]).toEqual([
    255, 51, 0, 153, 102, 51,
  ]);
});

it("maps black to black where a mean was subtracted", () => {
  const header = {
    value_range: [-1, 4] as [number, number],
    colours: { order: "rgb", black: [-1, 0, 1], white: [4, 1, 2] },
  };
  expect([...inColour(pixels, header).data]).toEqual([0, 0, 255, 51, 255, 255]);
});
