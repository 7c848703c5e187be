import { expect, it, vi } from "vitest";
import { drawSoon, nextMost } from "./drawing";

it("draws few canvases at once, and many over several frames", async () => {
  const canvases = Array.from({ length: 500 }, () => ({}));
  const drawn = vi.fn();
  canvases.forEach((canvas, i) => drawSoon(canvas, () => drawn(i)));
  const first = drawn.mock.calls.length;
  expect(first).toBeGreaterThan(40);
  expect(first).toBeLessThan(500);
  // A later drawing takes the place of one that waits.
  drawSoon(canvases[499] ?? {}, () => drawn("later"));
  await vi.waitFor(() => expect(drawn).toHaveBeenCalledTimes(500));
  expect(drawn).toHaveBeenCalledWith("later");
  expect(drawn).not.toHaveBeenCalledWith(499);
});

it("draws fewer in a frame where frames are long", () => {
  expect(nextMost(100, 80)).toBe(70);
  expect(nextMost(50, 80)).toBe(48);
  expect(nextMost(100, 16)).toBe(130);
  expect(nextMost(100, 30)).toBe(100);
});
