import { describe, expect, it } from "vitest";
import { readExemplars } from "./exemplars";

describe("the exemplars of an entry", () => {
  it("are read as far as they are valid", () => {
    expect(readExemplars(undefined)).toBeNull();
    expect(readExemplars("<b>")).toBeNull();
    const found = readExemplars({
      inputs: [4, "x"],
      values: [0.5],
      cells: [0, 1],
    });
    expect(found).toEqual({ inputs: [4], values: [0.5], cells: [0, 1] });
  });
});
