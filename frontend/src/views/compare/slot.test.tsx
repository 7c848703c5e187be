import { fireEvent, render, screen } from "@testing-library/preact";
import { describe, expect, it, vi } from "vitest";
import { freshRun, serve } from "../../testing/server";
import { including, Slot } from "./slot";

describe("a slot", () => {
  const values = { score: [[1.25], [2]], settled: [[1], [0]] };
  const layers = [{ tag: "conv", keys: ["0", "1"], epochs: [4], values }];

  it("offers what is logged and shows the measures of the choice", async () => {
    const run = freshRun();
    await serve([{ run, layers }]);
    const change = vi.fn();
    const place = { run, tag: "conv", epoch: 4, key: "0" };
    render(<Slot name="A" place={place} change={change} />);
    await screen.findByText("score 1.25 · settled");
    fireEvent.change(screen.getByLabelText("Filter"), {
      target: { value: "1" },
    });
    expect(change).toHaveBeenCalledWith({ ...place, key: "1" });
  });

  it("shows the end of a long name, where names differ", async () => {
    const tags = [15, 18].map((n) => `encoder_stage4_projection_conv2d_${n}`);
    const run = freshRun();
    const all = tags.map((tag) => ({ tag, keys: ["0"], epochs: [4], values }));
    await serve([{ run, layers: all }]);
    const place = { run, tag: tags[1] ?? "", epoch: 4, key: "0" };
    render(<Slot name="A" place={place} change={vi.fn()} />);
    const list = await screen.findByLabelText("Layer");
    expect(list).toHaveProperty("value", tags[1]);
    const shown = list.parentElement?.querySelector(".middle");
    expect(shown?.textContent).toBe(tags[1]);
    expect(shown?.lastElementChild?.textContent).toBe("n_conv2d_18");
  });

  it("says that an image of a link is not logged", async () => {
    await serve([{ run: freshRun(), layers }]);
    const place = { run: "gone", tag: "conv", epoch: 4, key: "0" };
    render(<Slot name="B" place={place} change={vi.fn()} />);
    expect(screen.getByRole("alert").textContent).toContain(
      "“gone” is not in these logs",
    );
    expect(screen.getByLabelText("Run")).toHaveProperty("value", "gone");
  });

  it("includes the choice even if it is not logged", () => {
    expect(including([1, 2], 2)).toEqual([1, 2]);
    expect(including([1, 2], 3)).toEqual([3, 1, 2]);
  });
});
