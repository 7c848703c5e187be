import { expect, it } from "vitest";
import { difference } from "./difference";

const picture = (...rgba: number[]) => ({
  width: 1,
  height: 1,
  rgba: new Uint8ClampedArray(rgba),
});

it("the difference is grey where images agree, bright where A is brighter", () => {
  const of = (a: number[], b: number[]) => [
    ...difference(picture(...a), picture(...b)).rgba,
  ];
  expect(of([9, 9, 9, 255], [9, 9, 9, 255])).toEqual([128, 128, 128, 255]);
  expect(of([255, 0, 9, 255], [0, 255, 9, 255])).toEqual([255, 0, 128, 255]);
});
