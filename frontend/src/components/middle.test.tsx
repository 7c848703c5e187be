import { render } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import { Middle } from "./middle";

describe("a name cut in its middle", () => {
  it("contains all its letters, with its end in an element of its own", () => {
    const name = "encoder_stage4_residual_block_3_conv2d_18";
    const { container } = render(<Middle text={name} />);
    expect(container.textContent).toBe(name);
    expect(container.querySelector(".middle")?.lastChild?.textContent).toBe(
      "3_conv2d_18",
    );
  });

  it("keeps the order of what begins its end", () => {
    // The end is cut at its left, as if it were written from the right.
    const { container } = render(<Middle text="block1_conv1" />);
    const end = container.querySelector(".middle > :last-child > bdi");
    expect(end?.textContent).toBe("_conv1");
    expect(end?.getAttribute("dir")).toBe("ltr");
  });

  it("keeps at most half of a short name", () => {
    const { container } = render(<Middle text="eff/efficientnet" />);
    const parts = [...(container.firstElementChild?.children ?? [])];
    expect(parts.map((e) => e.textContent)).toEqual(["eff/effi", "cientnet"]);
  });

  it("is plain text where it is short", () => {
    const { container } = render(<Middle text="conv2d_1" />);
    expect(container.innerHTML).toBe("conv2d_1");
  });
});
