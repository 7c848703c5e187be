import { fireEvent, screen, within } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import { state } from "../../state/state";
import { logged, open } from "../../testing/page";
import { standing } from "./bars";
import { spread } from "./history";
import { inWords, middleOf, resized } from "./agreement";

const relations = {
  keys: ["0", "1"],
  groups: [["0", "1"]],
  nearest: ["1", "0"],
  r: [0.95, 0.95],
  x: [0, 1],
  y: [0, 1],
  reason: null,
};

describe("the page of a filter", () => {
  it("says what the measures mean, and where they stand", async () => {
    await open(logged("a"), { view: "filter", filter: "0" });
    const page = await screen.findByTestId("filter-page");
    await within(page).findByText(/1\.00 times as much as the best real input/);
    const bars = await within(page).findByTestId("bars");
    within(bars).getByLabelText("Lift 1, the highest of the layer");
    await within(page).findByTestId("history");
  });

  it("goes to the next filter, and back to the layer", async () => {
    await open(logged("a"), { view: "filter", filter: "0" });
    await screen.findByText("Filter 0");
    fireEvent.click(await screen.findByLabelText("Next filter"));
    await screen.findByText("Filter 1");
    expect(screen.getByLabelText("Next filter")).toHaveProperty(
      "disabled",
      true,
    );
    fireEvent.keyDown(document.body, { key: "Escape" });
    expect(state.value).toMatchObject({ view: "grid", filter: "1" });
  });

  it("goes to the filter beside it with an arrow key", async () => {
    await open(logged("a"), { view: "filter", filter: "0" });
    await screen.findByText("Filter 0");
    fireEvent.keyDown(document.body, { key: "ArrowRight" });
    expect(state.value).toMatchObject({ view: "filter", filter: "1" });
  });

  it("is opened by Enter, wherever the focus is", async () => {
    await open(logged("a"), { filter: "0" });
    await screen.findByText("conv1, filter 0");
    fireEvent.keyDown(document.body, { key: "Enter" });
    expect(state.value).toMatchObject({ view: "filter", filter: "0" });
  });

  it("says that a layer has no such filter", async () => {
    await open(logged("a"), { view: "filter", filter: "999" });
    await screen.findByText(/conv1 has no filter 999 in this log/);
  });

  it("links a class only if most real inputs are of it", async () => {
    const classes = {
      keys: ["0", "1"],
      classes: [
        [7, 3, 7],
        [1, 2, 3],
      ],
    };
    const answers = { classes: { ...classes, names: {} } };
    await open(logged("a"), { view: "filter", filter: "0" }, answers);
    const chip = await screen.findByTestId("class-chip");
    expect(chip.tagName).toBe("BUTTON");
    fireEvent.keyDown(document.body, { key: "ArrowRight" });
    await screen.findByText("Filter 1");
    expect(screen.getByTestId("class-chip").tagName).toBe("SPAN");
  });

  it("counts the classes of the real inputs", async () => {
    const classes = {
      keys: ["0", "1"],
      classes: [[7, 3, 7], []],
      names: { 7: "pelican" },
    };
    await open(logged("a"), { view: "filter", filter: "0" }, { classes });
    const bars = await screen.findByTestId("class-bars");
    const rows = within(bars).getAllByRole("listitem");
    expect(rows.map((row) => row.textContent)).toEqual([
      "pelican2 of 3",
      "31 of 3",
    ]);
  });

  it("names the twins", async () => {
    await open(logged("a"), { view: "filter", filter: "0" }, { relations });
    fireEvent.click(await screen.findByText("twin 1", { selector: ".chip" }));
    expect(state.value.filter).toBe("1");
  });

  it("shows the number and r of a match, and names its run", async () => {
    const pairs = [{ key: "0", other: "1", r: 0.66 }];
    const match = { pairs, cka: 0.7, reason: null };
    const shown = { view: "filter", filter: "0" } as const;
    await open(logged("a", "b"), shown, { match });
    await screen.findByText("1 · r 0.66");
    const similar = screen.getByTestId("similar-filters");
    const [tile] = within(similar).getAllByTestId("tile");
    const name = tile?.getAttribute("aria-label") ?? "";
    expect(name).toMatch(/, 1 · r 0\.66, b\d+$/);
  });

  it("asks for a filter if none is selected", async () => {
    await open(logged("a"), { view: "filter" });
    fireEvent.click(await screen.findByText("Select one in its layer"));
    expect(state.value.view).toBe("grid");
  });
});

describe("the parts of the page", () => {
  it("compare a measure with those of the other filters", () => {
    expect(standing(3, [1, 2, 3])).toBe("the highest of the layer");
    expect(standing(1, [1, 2, 3])).toBe("the lowest of the layer");
    expect(standing(2, [1, 2, 3])).toBe("higher than 50 % of the layer");
  });

  it("pick images of a long training, including both ends", () => {
    expect(spread([0, 1, 2], 5)).toEqual([0, 1, 2]);
    expect(
      spread(
        Array.from({ length: 101 }, (_, i) => i),
        3,
      ),
    ).toEqual([0, 50, 100]);
  });

  it("compare images and exemplars of different sizes", () => {
    const data = Uint8ClampedArray.from([0, 255]);
    const from = { width: 2, height: 1, channels: 1, data };
    expect([...resized(from, 4, 1).data]).toEqual([0, 0, 255, 255]);
    const colours = Uint8ClampedArray.from([1, 2, 3, 4, 5, 6]);
    const pair = { width: 2, height: 1, channels: 3, data: colours };
    expect([...resized(pair, 1, 2).data]).toEqual([4, 5, 6, 4, 5, 6]);
  });

  it("compare what the filter sees of its image, without the margin", () => {
    const data = Uint8ClampedArray.from({ length: 16 }, (_, i) => i);
    const from = { width: 4, height: 4, channels: 1, data };
    expect([...middleOf(from, [2, 2]).data]).toEqual([5, 6, 9, 10]);
    expect(middleOf(from, [9, 2])).toMatchObject({ width: 2, height: 4 });
  });

  it("do not say that an image is unlike inputs of another place", () => {
    expect(inWords(0.5)).toBe("The image looks like the real inputs");
    expect(inWords(0)).toContain("Pixel by pixel");
    expect(inWords(0, true)).toContain("Point by point");
  });
});
