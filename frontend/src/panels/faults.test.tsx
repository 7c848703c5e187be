import { render, screen } from "@testing-library/preact";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Fault } from "../api/types";
import { cell } from "../data/cells";
import { Faults } from "./faults";
import { epochs } from "../selection/shown";
import { update } from "../state/state";
import { freshRun, serve } from "../testing/server";

let run = "";
beforeEach(() => {
  run = freshRun();
});

const odd = (step: number): Fault => ({ step, error: `odd ${step}` });

async function open(errors: Fault[], layer: object = {}) {
  const conv = { tag: "conv", keys: ["0"], epochs: [0, 1], errors, ...layer };
  await serve([{ run, layers: [conv] }]);
  render(<Faults />);
}

const texts = () =>
  screen.getAllByRole("listitem").map((item) => item.textContent);

describe("the faults of a layer", () => {
  it("are hidden if there are none", async () => {
    await open([]);
    await vi.waitFor(() => expect(epochs.value).toEqual([0, 1]));
    expect(screen.queryByTestId("faults")).toBeNull();
  });

  it("say why a whole layer cannot be shown", async () => {
    await open([], { epochs: [], fault: "TensorBoard cannot read it." });
    expect(screen.getByTestId("faults").textContent).toBe(
      "conv cannot be shown: TensorBoard cannot read it.",
    );
  });

  it("are collapsed while another epoch is shown", async () => {
    await open([odd(7)]);
    const summary = await screen.findByText(/1 epoch cannot be shown/);
    expect(summary.closest("details")?.open).toBe(false);
    expect(texts()).toEqual(["epoch 7: odd 7"]);
  });

  it("are open if they concern the shown epoch", async () => {
    await open([odd(9), odd(7)]);
    const summary = await screen.findByText(/2 epochs cannot be shown/);
    expect(texts()).toEqual(["epoch 7: odd 7", "epoch 9: odd 9"]);
    update({ epoch: 9 });
    await vi.waitFor(() => expect(summary.textContent).toContain("odd 9"));
    expect(summary.closest("details")?.open).toBe(true);
  });

  it("are listed once for each step", async () => {
    await open([odd(7), { step: 7, error: "odd once more" }]);
    await screen.findByText(/1 epoch cannot be shown/);
    expect(texts()).toEqual(["epoch 7: odd once more"]);
  });

  it("are cut off after twenty", async () => {
    await open(Array.from({ length: 25 }, (_, i) => odd(i + 10)));
    await screen.findByText(/25 epochs cannot be shown/);
    expect(texts()).toHaveLength(21);
    expect(texts().at(-1)).toBe("and 5 more");
  });

  it("are those of all layers in the overview, as far as they are known", async () => {
    const layers = [
      { tag: "conv", keys: ["0"], epochs: [0, 1], errors: [odd(1)] },
      { tag: "deep", keys: ["0"], epochs: [0, 1], errors: [odd(1)] },
    ];
    await serve([{ run, layers }], { view: "overview" });
    render(<Faults />);
    const at = (step: number) =>
      layers.map(({ tag }) => cell({ run, tag, step }, 0));
    at(1);
    await screen.findByText(/2 parts cannot be shown/);
    expect(texts()).toEqual(["conv, epoch 1: odd 1", "deep, epoch 1: odd 1"]);
    update({ view: "grid", layer: "conv" });
    await screen.findByText(/conv/);
    await vi.waitFor(() =>
      expect(screen.getByTestId("faults").textContent).toContain(
        "conv cannot be shown: epoch 1: odd 1",
      ),
    );
  });
});
