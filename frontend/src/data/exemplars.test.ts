import { describe, expect, it } from "vitest";
import { exemplarsOf } from "./exemplars";

describe("what an entry says of its patches", () => {
  it("is read as far as it is sound", () => {
    const entry = { key: "3", filter: 3 };
    expect(exemplarsOf(entry)).toBeNull();
    expect(exemplarsOf({ ...entry, exemplars: "<b>" })).toBeNull();
    const found = exemplarsOf({
      ...entry,
      exemplars: { inputs: [4, "x"], values: [0.5], cells: [0, 1] },
    });
    expect(found).toEqual({ inputs: [4], values: [0.5], cells: [0, 1] });
  });
});
