import { describe, expect, it, vi } from "vitest";
import { drawCurves, frameOf, ticks } from "./signal_plot";

describe("ticks", () => {
  it.each([
    [0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]],
    [-1, 1, [-1, -0.5, 0, 0.5, 1]],
    [0, 187, [0, 50, 100, 150]],
  ])("from %d to %d are round", (low, high, expected) => {
    expect(ticks(low, high)).toEqual(expected);
  });

  it("are one if there is no range", () => {
    expect(ticks(3, 3)).toEqual([3]);
    expect(ticks(0, Infinity)).toEqual([0]);
  });
});

describe("a signal's plot", () => {
  const draw = (size: number) => {
    const context = {
      lineTo: vi.fn(),
      fillText: vi.fn(),
      fillRect: vi.fn(),
      strokeRect: vi.fn(),
      beginPath: vi.fn(),
      moveTo: vi.fn(),
      stroke: vi.fn(),
    };
    drawCurves(
      context as unknown as CanvasRenderingContext2D,
      { lines: [[0, 1, 2]], low: 0, high: 1 },
      size,
      size,
      { line: "", axis: "", text: "", paper: "" },
    );
    return context;
  };

  it("has axes if there is room", () => {
    expect(draw(220).fillText).toHaveBeenCalled();
    expect(draw(96).fillText).not.toHaveBeenCalled();
  });

  it("runs from edge to edge and is clipped", () => {
    const { left, right, top, bottom } = frameOf(96, 96);
    expect(draw(96).lineTo.mock.calls).toEqual([
      [left, bottom],
      [(left + right) / 2, top],
      [right, top],
    ]);
  });
});
