import { expect, test } from "vitest";
import type { EventHeader } from "../api/event_header";
import { pictureOf, readInputs } from "./filter_inputs";

test("inputs are those that excite and those that inhibit", () => {
  const found = readInputs({
    filter: 1,
    inputs: { row: 0, filters: [4, 0, 7], weights: [2, 1, -3] },
  });
  expect(found?.excited.map(({ key }) => key)).toEqual(["4", "0"]);
  expect(found?.inhibited).toEqual([{ key: "7", weight: -3, index: 2 }]);
});

test("a log of an earlier version has no inputs", () => {
  expect(readInputs({ filter: 1 })).toBeNull();
  const none = { row: 0, filters: [], weights: [] };
  expect(readInputs({ filter: 1, inputs: none })).toBeNull();
});

function headerOf(size: number[]): EventHeader {
  const inputs = { layer: "conv1", extra: 0, count: 2, size };
  return { inputs } as unknown as EventHeader;
}

test("a picture is cut out of its row", () => {
  const data = new Uint8ClampedArray(16).fill(128);
  data.set([255, 128, 1, 128], 8 + 4);
  const pixels = { width: 8, height: 2, channels: 1, data };
  expect(pictureOf(pixels, headerOf([2, 2]), 1, 1)).toEqual({
    width: 2,
    height: 2,
    weights: [1, 0, -1, 0],
  });
  expect(pictureOf(pixels, headerOf([4]), 1, 1)?.height).toBe(1);
  expect(pictureOf(pixels, headerOf([2, 2]), 1, 2)).toBeNull();
  expect(pictureOf(pixels, headerOf([2, 2]), 2, 0)).toBeNull();
  expect(pictureOf(pixels, headerOf([2 ** 40]), 0, 0)).toBeNull();
});
