import { describe, expect, it } from "vitest";
import { groupsOf, nameIn } from "./layer_groups";

function groups(...tags: string[]) {
  return groupsOf(tags.map((tag) => ({ tag }))).map(({ name, layers }) => [
    name,
    layers.length,
  ]);
}

describe("groups of layers", () => {
  it("share the beginning of their names, in the network's order", () => {
    const blocks = [1, 2, 3, 4].flatMap((stage) =>
      [0, 1, 2].map((block) => `encoder_stage${stage}_block_${block}_conv`),
    );
    expect(groups("stem", ...blocks, "top", "classes")).toEqual([
      ["", 1],
      ["encoder_stage1", 3],
      ["encoder_stage2", 3],
      ["encoder_stage3", 3],
      ["encoder_stage4", 3],
      ["", 2],
    ]);
    expect(nameIn("encoder_stage1", "encoder_stage1_block_0_conv")).toBe(
      "block_0_conv",
    );
  });

  it("are one where layers are few, or their names differ only by a number", () => {
    expect(groups("block1_conv1", "block1_conv2", "block2_conv1")).toEqual([
      ["", 3],
    ]);
    const plain = Array.from({ length: 20 }, (_, i) => `conv2d_${i}`);
    expect(groups(...plain)).toEqual([["", 20]]);
  });
});
