import { act, fireEvent, screen } from "@testing-library/preact";
import { options } from "preact";
import { describe, expect, it, vi } from "vitest";
import { Tile } from "../components/tile";
import { shownSeries } from "../selection/shown";
import { state, update } from "../state/state";
import { logged, open } from "../testing/page";

describe("the grid", () => {
  it("shows all filters and a summary, and has one tab stop", async () => {
    await open(logged("a"));
    await screen.findByText(
      "2 filters · 1 still changing, 1 settled · median lift 1.0 (best real input: 1)",
    );
    const tiles = screen.getAllByTestId("tile");
    expect(tiles.map((tile) => tile.tabIndex)).toEqual([0, -1]);
  });

  it("shows the value that filters are sorted by", async () => {
    await open(logged("a"), { sort: "lift" });
    await screen.findByText("0 · 1");
    const sort = screen.getByTestId("sort");
    fireEvent.change(sort, { target: { value: "score" } });
    await screen.findByText("1 · 3");
    fireEvent.click(screen.getByLabelText("Largest first"));
    await screen.findByLabelText("Smallest first");
    expect(screen.getAllByTestId("tile")[0]?.dataset["key"]).toBe("0");
  });

  it("disables sorts that the log lacks, and says why", async () => {
    await open(logged("a"));
    const option = await screen.findByText(/^Class entropy .*no labels/);
    expect(option.textContent).toContain("the probe had no labels");
    expect(option).toHaveProperty("disabled", true);
  });

  it("says why filters are not sorted as chosen", async () => {
    await open(logged("a"), { sort: "similar" });
    await screen.findByText(
      /median lift 1\.0 \(best real input: 1\) · Not sorted: Select a filter/,
    );
    update({ filter: "1" });
    await vi.waitFor(() =>
      expect(screen.getByTestId("summary").textContent).not.toMatch(/Not/),
    );
  });

  it("stacks twins, and unfolds them on a click or all at once", async () => {
    const relations = {
      keys: ["0", "1"],
      groups: [["0", "1"]],
      nearest: ["1", "0"],
      r: [0.99, 0.99],
      x: [0, 0],
      y: [0, 0],
      reason: null,
    };
    await open(logged("a"), {}, { relations });
    await screen.findByText(/redundant: 1 of 2/);
    fireEvent.click(screen.getByText("Stack the twins"));
    expect(state.value.sort).toBe("twins");
    await screen.findByText("0 + 1 twin");
    const [stack, ...others] = screen.getAllByTestId("tile");
    expect(others).toEqual([]);
    if (stack) fireEvent.click(stack);
    await screen.findByText("1 = 0");
    fireEvent.click(screen.getByText("Stack the twins"));
    await screen.findByText("0 + 1 twin");
    fireEvent.click(screen.getByText("Unfold the twins"));
    await screen.findByText("0 = 1");
  });

  it("says that a search finds nothing", async () => {
    await open(logged("a"), { search: "lift > 5" });
    await screen.findByText("No filter of conv1 matches “lift > 5”.");
  });

  it("follows the epoch, and renders only the tiles whose marks change", async () => {
    await open(logged("a"), { epoch: 3 });
    const name = "conv1, filter 1, epoch 3, score 3, not settled";
    const tile = await screen.findByLabelText(name);
    await vi.waitFor(() => expect(shownSeries.value?.epochs).toEqual([0, 3]));
    const rendered: unknown[] = [];
    const before = options.diffed;
    options.diffed = (vnode) => {
      before?.(vnode);
      const { type, props } = vnode as { type: unknown; props: object };
      if (type === Tile) rendered.push((props as { filter: string }).filter);
    };
    await act(() => update({ epoch: 0 }));
    screen.getByLabelText("Filters of conv1 at epoch 0");
    expect(rendered).toEqual([]);
    // Marks and names follow when the page has time.
    const marks = () => [...document.querySelectorAll(".mark.state")].length;
    await vi.waitFor(() => expect(marks()).toBe(2));
    if (before) options.diffed = before;
    expect(rendered).toEqual(["0"]); // not settled yet
    const later = "conv1, filter 1, epoch 0, score 4, not settled";
    expect(await screen.findByLabelText(later)).toBe(tile);
    expect(tile.dataset["epoch"]).toBe("0");
  });
});
