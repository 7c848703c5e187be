import { render } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import { Icon } from "./icons";

describe("an icon", () => {
  it("is hidden from screen readers and has the colour of the text", () => {
    const { container } = render(<Icon name="swap" size={14} />);
    const svg = container.querySelector("svg");
    expect(svg?.getAttribute("aria-hidden")).toBe("true");
    expect(svg?.getAttribute("width")).toBe("14");
    const path = svg?.querySelector("path");
    expect(path?.getAttribute("fill")).toBe("currentColor");
  });
});
