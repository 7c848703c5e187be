import { render } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import { Breakable } from "./breakable";

describe("a name that may break", () => {
  it("breaks after its separators, and contains all its letters", () => {
    const name = "encoder/stage1__residual-block_0.conv2d_18";
    const { container } = render(<Breakable text={name} />);
    expect(container.textContent).toBe(name);
    expect(container.innerHTML.split("<wbr>")).toEqual([
      "encoder/",
      "stage1__",
      "residual-",
      "block_",
      "0.",
      "conv2d_",
      "18",
    ]);
  });
});
