import { describe, expect, it } from "vitest";
import { frameIn } from "./whole_inputs";

describe("the field in an input", () => {
  const field = { width: 10, height: 5 };

  it("is outlined where it lies, cut to the input", () => {
    expect(frameIn([20, 40], [10, 20], field)).toEqual({
      left: 0.5,
      top: 0.5,
      width: 0.25,
      height: 0.25,
    });
    expect(frameIn([20, 40], [-3, -5], field)).toMatchObject({
      left: 0,
      top: 0,
      width: 0.125,
    });
  });

  it("is not outlined where it is the whole input, or unknown", () => {
    expect(frameIn([5, 10], [0, 0], field)).toBeNull();
    expect(frameIn([20, 40], [], field)).toBeNull();
  });
});
