import { render, screen } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import { Chart } from "./chart";

describe("a chart", () => {
  it("has a line, a name and the current value for each run", () => {
    const lines = [
      { name: "one", epochs: [0, 4], values: [1, 0.5] },
      { name: "two", epochs: [0, 4], values: [0.25, null] },
      { name: "none", epochs: [], values: [] },
    ];
    const { container } = render(
      <Chart label="CKA" lines={lines} current={4} range={[0, 1]} />,
    );
    expect(container.querySelectorAll("polyline")).toHaveLength(2);
    const legend = screen.getAllByRole("listitem").map((l) => l.textContent);
    expect(legend).toEqual(["one 0.5", "two –"]);
    const [first] = container.querySelectorAll("polyline");
    const [[, top] = [], [, low] = []] =
      first
        ?.getAttribute("points")
        ?.split(" ")
        .map((point) => point.split(",").map(Number)) ?? [];
    expect(top).toBe(8);
    expect(low).toBe((8 + 110 - 18) / 2);
    expect(screen.getByRole("img").getAttribute("aria-label")).toContain(
      "one from 1 to 0.5",
    );
  });

  it("has a middle where all values are the same", () => {
    const lines = [{ name: "loss", epochs: [1], values: [2] }];
    const { container } = render(
      <Chart label="Loss" lines={lines} current={1} range={[2, 2]} />,
    );
    expect(container.innerHTML).not.toContain("NaN");
    const points = container.querySelector("polyline")?.getAttribute("points");
    expect(points).toBe(`30,${(8 + 110 - 18) / 2}`);
  });

  it("is empty without data", () => {
    const { container } = render(
      <Chart label="CKA" lines={[]} current={0} range={[0, 1]} />,
    );
    expect(container.innerHTML).toBe("");
  });
});
