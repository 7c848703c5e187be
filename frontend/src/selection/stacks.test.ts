import { describe, expect, it } from "vitest";
import { stacksOf } from "./stacks";

describe("stacks of twins", () => {
  const group = ["1", "4", "7"];
  const groups = new Map(group.map((key) => [key, group]));

  it("stand behind the first that is shown", () => {
    expect([...stacksOf(["0", "4", "1", "7"], groups)]).toEqual([
      ["4", ["1", "7"]],
    ]);
  });

  it("need two filters that are shown", () => {
    expect(stacksOf(["0", "4"], groups).size).toBe(0);
  });
});
