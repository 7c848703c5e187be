import { screen } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import { availableSpace } from "../selection/available_space";
import { open } from "../testing/page";
import { freshRun } from "../testing/server";
import { layOut } from "./class_table";

describe("the table of classes", () => {
  it("stands in as many tables as have room, if one is too tall", () => {
    const wide = { width: 2168, height: 1328 };
    const two = layOut(64, 10, wide);
    expect(two).toMatchObject({ tables: 2, lines: 32 });
    expect(128 + 21 * (two.width + 4)).toBeLessThanOrEqual(2168);
    expect(layOut(16, 10, wide)).toMatchObject({ tables: 1, lines: 16 });
    expect(layOut(64, 10, { width: 1014, height: 688 }).tables).toBe(1);
    expect(layOut(512, 3, wide).tables).toBeGreaterThan(3);
    expect(layOut(0, 0, wide).tables).toBe(1);
  });

  it("has rows as tall as the page allows", () => {
    const heightOf = (filters: number) =>
      layOut(filters, 10, { width: 1014, height: 688 }).height;
    expect(heightOf(4)).toBe(84); // as wide as a cell
    expect(heightOf(8) * 8).toBeGreaterThan(0.8 * 688);
    expect(heightOf(64)).toBe(56);
  });

  it("names the filters of each table beside their classes", async () => {
    const classes = { keys: ["0", "1"], classes: [[4], [4, 7]], names: {} };
    const before = availableSpace.value;
    availableSpace.value = { width: 1000, height: 100 };
    const values = { entropy: [[0], [1]] };
    const layers = [{ tag: "conv", keys: ["0", "1"], epochs: [0], values }];
    const runs = [{ run: freshRun("a"), layers }];
    await open(runs, { sort: "classes" }, { classes });
    await screen.findByText("Filter / class");
    availableSpace.value = before;
    const cells = screen.getAllByRole("gridcell").map((e) => e.textContent);
    expect(cells).toEqual(["1", "", "1", "1", "1"]);
    expect(
      screen.getAllByRole("columnheader").map((e) => e.textContent),
    ).toEqual(["Filter / class", "4", "7", "Filter", "4", "7"]);
  });
});
