import { fireEvent, screen } from "@testing-library/preact";
import { describe, expect, it, vi } from "vitest";
import { state } from "../state/state";
import { logged, open } from "../testing/page";

describe("the toolbar", () => {
  it("selects the view, run and layer, and clears the filter", async () => {
    const runs = logged("a", "b");
    await open(runs, { filter: "1" });
    fireEvent.change(await screen.findByTestId("layer"), {
      target: { value: "conv2" },
    });
    expect(state.value).toMatchObject({ layer: "conv2", filter: null });
    fireEvent.change(screen.getByTestId("run"), {
      target: { value: runs[1]?.run },
    });
    expect(state.value.run).toBe(runs[1]?.run);
    const view = screen.getByTestId("view-overview");
    fireEvent.click(view);
    await vi.waitFor(() =>
      expect(view.getAttribute("aria-pressed")).toBe("true"),
    );
  });

  it("leaves the run and layer of a comparison to its slots", async () => {
    await open(logged("a"), { view: "compare" });
    await screen.findByTestId("slot-A");
    expect(screen.queryByTestId("run")).toBeNull();
    expect(screen.queryByTestId("epoch")).toBeNull();
  });

  it("offers the map and the table of classes in the layer only", async () => {
    await open(logged("a"), { view: "time", sort: "classes" });
    const sort = await screen.findByTestId<HTMLSelectElement>("sort");
    expect(sort.value).toBe("index");
    expect(screen.queryByText(/^Table of classes/)).toBeNull();
    fireEvent.click(screen.getByTestId("view-grid"));
    await screen.findByText(/^Table of classes/, { selector: "option" });
  });

  it.each([
    [{}, "3, dead, lift < 0.5"],
    [{ "4": "pelican" }, "dead, class pelican"],
    [{ "4": "a white pelican" }, "dead, class 4"],
  ])("gives examples of searches, of a class of %o", async (names, example) => {
    const known = Object.keys(names).length > 0;
    const classes = {
      keys: ["0", "1"],
      classes: known ? [[4, 4, 7], []] : [[], []],
      names,
    };
    await open(logged("a"), { view: "grid" }, { classes });
    await screen.findByPlaceholderText(example);
  });
});
