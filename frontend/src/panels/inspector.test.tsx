import { fireEvent, screen, within } from "@testing-library/preact";
import { describe, expect, it, vi } from "vitest";
import { state } from "../state/state";
import { logged, open } from "../testing/page";
import { freshRun } from "../testing/server";

describe("the inspector", () => {
  it("shows the measures, the settings and since when the filter is settled", async () => {
    await open(logged("a"), { filter: "0" });
    const inspector = await screen.findByTestId("inspector");
    await within(inspector).findByText("conv1, filter 0");
    await within(inspector).findByText(/settled since 3/);
    await within(inspector).findByText("5 × 5 px");
    await within(inspector).findByLabelText("Lift over epochs, from 0.5 to 1");
    fireEvent.click(within(inspector).getByText("Compare with epoch 0"));
    expect(state.value.view).toBe("compare");
    expect([state.value.a?.epoch, state.value.b?.epoch]).toEqual([0, 3]);
  });

  it("compares with the first epoch that logs the filter", async () => {
    const status = [
      ["ok", "ok", "ok"],
      [null, "ok", "ok"],
    ];
    const layer = { tag: "conv", keys: ["0", "1"], epochs: [0, 2, 5], status };
    const values = {
      score: [
        [1, 2, 3],
        [null, 2, 3],
      ],
    };
    const runs = [{ run: freshRun(), layers: [{ ...layer, values }] }];
    await open(runs, { filter: "1" });
    const inspector = await screen.findByTestId("inspector");
    await within(inspector).findByText("Compare with epoch 2");
  });

  it("sets A and B and compares them", async () => {
    await open(logged("a"), { filter: "0" });
    fireEvent.click(await screen.findByText("Set A"));
    await screen.findByText(
      "A is set. Select another image to compare it with.",
    );
    const [, second] = await screen.findAllByTestId("tile");
    if (second) fireEvent.click(second);
    await screen.findByText("conv1, filter 1");
    expect(screen.getByText("Set A").getAttribute("aria-pressed")).toBe(
      "false",
    );
    fireEvent.click(screen.getByText("Set B"));
    fireEvent.click(await screen.findByText("Compare A and B"));
    expect(screen.queryByText(/is set/)).toBeNull();
    expect(state.value).toMatchObject({
      view: "compare",
      a: { key: "0", epoch: 3 },
      b: { key: "1", epoch: 3 },
    });
  });

  it("compares the selected image with the one that is set", async () => {
    await open(logged("a"), { filter: "0" });
    fireEvent.click(await screen.findByText("Set A"));
    const [, second] = await screen.findAllByTestId("tile");
    if (second) fireEvent.click(second);
    fireEvent.click(await screen.findByText("Compare with A (filter 0)"));
    expect(state.value).toMatchObject({
      view: "compare",
      a: { key: "0" },
      b: { key: "1" },
    });
  });

  it("closes, and opens again when a filter is selected", async () => {
    await open(logged("a"), { filter: "0" });
    fireEvent.click(await screen.findByLabelText("Close the inspector"));
    await vi.waitFor(() =>
      expect(screen.queryByTestId("inspector")).toBeNull(),
    );
    const [tile] = await screen.findAllByTestId("tile");
    if (tile) fireEvent.click(tile);
    await screen.findByTestId("inspector");
  });

  it("lists the files to save", async () => {
    await open(logged("a"), { filter: "0" });
    const menu = await screen.findByTestId("save");
    const items = within(menu).getAllByRole("button", { hidden: true });
    expect(items.map((item) => item.textContent)).toEqual([
      "Image",
      "Strip over epochs",
      "Contact sheet of the layer",
      "Animation of the filter",
      "Animation of the layer",
    ]);
  });
});
