import { render, screen } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import { Sparkline } from "./sparkline";

const points = () =>
  document
    .querySelector("polyline")
    ?.getAttribute("points")
    ?.split(" ")
    .map((point) => point.split(",").map(Number)) ?? [];

describe("a small curve", () => {
  it("runs from the first to the last epoch", () => {
    render(
      <Sparkline
        label="Lift"
        epochs={[0, 5, 10]}
        values={[1, null, 3]}
        current={10}
      />,
    );
    expect(points()).toEqual([
      [4, 28],
      [100, 4],
    ]);
    expect(screen.getByText("3")).toBeTruthy();
    expect(screen.getByLabelText("Lift over epochs, from 1 to 3")).toBeTruthy();
  });

  it("is centred if nothing changes, and has no value at other epochs", () => {
    render(
      <Sparkline label="Lift" epochs={[0, 1]} values={[2, 2]} current={7} />,
    );
    expect(points().map(([, y]) => y)).toEqual([16, 16]);
    expect(screen.getByText("–")).toBeTruthy();
  });

  it("is empty if nothing is logged", () => {
    const { container } = render(
      <Sparkline label="Lift" epochs={[0]} values={[null]} current={0} />,
    );
    expect(container.innerHTML).toBe("");
  });
});
