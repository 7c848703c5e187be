import { fireEvent, screen, within } from "@testing-library/preact";
import { describe, expect, it, vi } from "vitest";
import { state, update } from "../state/state";
import { logged, open } from "../testing/page";

const classes = {
  keys: ["0", "1"],
  classes: [
    [4, 4, 7],
    [7, 4, 2],
  ],
  names: { "4": "pelican" },
};

const labels = () =>
  screen.queryAllByTestId("tile-chip").map((chip) => chip.textContent);

const first = { view: "grid", layer: "conv1" } as const;

describe("the class at a tile", () => {
  it("is that of more than half of the exemplars", async () => {
    await open(logged("a"), { ...first, size: 96 }, { classes });
    await vi.waitFor(() => expect(labels()).toEqual(["pelican"]));
    expect(screen.getByTestId("tile-chip").title).toContain("2 of the 3");
  });

  it("shows all filters about it on a click", async () => {
    await open(logged("a"), { ...first, size: 96 }, { classes });
    fireEvent.click(await screen.findByTestId("tile-chip"));
    expect(state.value.search).toBe("class pelican");
    expect(state.value.sort).toBe("class");
    await vi.waitFor(() =>
      expect(screen.getAllByTestId("tile")).toHaveLength(1),
    );
    within(screen.getByTestId("tile")).getByText("0");
  });

  it("is the most frequent one in the order of classes", async () => {
    const shown = { ...first, size: 96, sort: "class" };
    await open(logged("a"), shown, { classes });
    await vi.waitFor(() =>
      expect(labels().sort()).toEqual(["class 2", "pelican"]),
    );
  });

  it("is hidden where it does not fit", async () => {
    await open(logged("a"), { ...first, size: 48 }, { classes });
    await screen.findByText("1", { selector: ".caption" });
    expect(labels()).toEqual([]);
    update({ size: 96, sort: "lift" });
    await screen.findByText("0 · 1");
    expect(labels()).toEqual([]);
    update({ size: 128 });
    await vi.waitFor(() => expect(labels()).toEqual(["pelican"]));
  });
});
