import { fireEvent, render, screen } from "@testing-library/preact";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { epochs } from "../selection/shown";
import { state, togglePin, update } from "../state/state";
import { freshRun, serve } from "../testing/server";
import { describe as name, Tile } from "./tile";

describe("names for screen readers", () => {
  it("hold layer, filter, epoch, score, status and whether it is settled", () => {
    expect(name("conv2", "17", 5, 3.14159, "weak")).toBe(
      "conv2, filter 17, epoch 5, score 3.14, weak",
    );
    expect(name("conv2", "17", 5, 3.1, "ok", 1)).toBe(
      "conv2, filter 17, epoch 5, score 3.1, settled",
    );
    expect(name("conv2", "17", 0, null, "ok")).toBe(
      "conv2, filter 17, epoch 0",
    );
  });
});

describe("a tile", () => {
  let run = "";
  beforeEach(async () => {
    vi.stubGlobal(
      "IntersectionObserver",
      class {
        observe = vi.fn();
        unobserve = vi.fn();
      },
    );
    run = freshRun();
    const layers = [{ tag: "conv", keys: ["0", "1"], epochs: [0, 1] }];
    await serve([{ run, layers }]);
    await vi.waitFor(() => expect(epochs.value).toHaveLength(2));
  });
  const tile = (more: object = {}) => (
    <Tile
      run={run}
      tag="conv"
      epoch={1}
      filter="1"
      size={64}
      status="ok"
      score={2}
      {...more}
    />
  );

  it("has a mark for each status but ok", () => {
    const { container, rerender } = render(tile());
    const mark = () => container.querySelector(".mark.state")?.textContent;
    expect(mark()).toBeUndefined();
    const marks = { dead: "✕", weak: "◌", flat: "▭", plain: "■" };
    for (const [status, glyph] of Object.entries(marks)) {
      rerender(tile({ status }));
      expect(mark()).toBe(glyph);
    }
  });

  it("is pressed when its image is inspected", () => {
    render(tile());
    const button = screen.getByTestId("tile");
    expect(button.getAttribute("aria-pressed")).toBe("false");
    fireEvent.click(button);
    expect(state.value).toMatchObject({ run, layer: "conv", filter: "1" });
  });

  it("selects an earlier epoch, or follows the newest", () => {
    const { rerender } = render(tile({ epoch: 0 }));
    fireEvent.click(screen.getByTestId("tile"));
    expect(state.value.epoch).toBe(0);
    rerender(tile());
    fireEvent.click(screen.getByTestId("tile"));
    expect(state.value.epoch).toBeNull();
  });

  it("shows marks as glyphs, not by colour alone", () => {
    togglePin("conv", "1");
    update({ a: { run, tag: "conv", epoch: 1, key: "1" } });
    const { container, rerender } = render(tile({ status: "dead" }));
    const marks = () =>
      [...container.querySelectorAll(".mark")].map((m) => m.textContent);
    expect(marks()).toEqual(["✕", "★", "A"]);
    rerender(tile({ settled: 0 }));
    expect(marks()[0]).toBe("∿");
    rerender(tile({ settled: 1 }));
    expect(marks()).toEqual(["★", "A"]);
  });

  it("shows the change as a bar of at most 100 %", () => {
    const { container } = render(tile({ change: 1.4 }));
    const bar = container.querySelector<HTMLElement>(".change span");
    expect(bar?.style.width).toBe("100%");
  });
});
