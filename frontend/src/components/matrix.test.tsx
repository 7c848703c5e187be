import { fireEvent, render, screen } from "@testing-library/preact";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { Matrix } from "./matrix";
import { withoutLayout } from "../testing/page";

beforeEach(withoutLayout);

const items = (count: number, name: string) =>
  Array.from({ length: count }, (_, i) => ({
    id: String(i),
    header: `${name} ${i}`,
  }));

function show(rows: number, columns: number): HTMLElement {
  render(
    <Matrix
      label="All"
      corner="Filter"
      size={96}
      rows={items(rows, "row")}
      columns={items(columns, "column")}
      cell={(row, column) => `${row}:${column}`}
    />,
  );
  const grid = screen.getByRole("grid");
  Object.defineProperty(grid, "clientWidth", { value: 400 });
  Object.defineProperty(grid, "clientHeight", { value: 300 });
  return grid;
}

describe("a matrix", () => {
  it("states its size and renders only what is in view", async () => {
    const grid = show(512, 100);
    expect(grid.getAttribute("aria-rowcount")).toBe("513");
    expect(grid.getAttribute("aria-colcount")).toBe("101");
    fireEvent.scroll(grid);
    // 300 x 400 pixels, tiles of 100: 3 x 4 in view, and 2 ahead.
    await vi.waitFor(() =>
      expect(screen.getAllByRole("gridcell")).toHaveLength(5 * 6),
    );
  });

  it("renders what is scrolled into view", async () => {
    const grid = show(512, 100);
    grid.scrollTop = 20_000;
    grid.scrollLeft = 5_000;
    fireEvent.scroll(grid);
    const cell = await screen.findByText("200:50");
    expect(cell.getAttribute("aria-colindex")).toBe("52");
    expect(cell.parentElement?.getAttribute("aria-rowindex")).toBe("202");
    expect(screen.queryByText("0:0")).toBeNull();
    screen.getByText("row 200");
    screen.getByText("column 50");
  });

  it("may have columns that are wider than its rows are high", () => {
    render(
      <Matrix
        label="Wide"
        corner="Filter"
        size={50}
        width={200}
        rows={items(1, "row")}
        columns={items(2, "column")}
        cell={() => "cell"}
      />,
    );
    const [, second] = screen.getAllByRole("gridcell");
    expect(second?.style.left).toBe("316px"); // 112 for the headers
  });

  it("may have several rows in a line", () => {
    render(
      <Matrix
        label="Few columns"
        corner="Filter"
        size={96}
        beside={2}
        rows={items(3, "row")}
        columns={items(2, "column")}
        cell={(row, column) => `${row}:${column}`}
      />,
    );
    const lines = screen.getAllByRole("row").map((line) => line.textContent);
    const heads = "Filtercolumn 0column 1";
    expect(lines).toEqual([
      heads + heads,
      "row 00:00:1row 11:01:1",
      "row 22:02:1",
    ]);
    const grid = screen.getByRole("grid");
    expect(grid.getAttribute("aria-rowcount")).toBe("3");
    expect(grid.getAttribute("aria-colcount")).toBe("6");
    const cell = screen.getByText("1:1");
    expect(cell.getAttribute("aria-colindex")).toBe("6");
    expect(cell.style.left).toBe("524px"); // two headers and three columns
  });
});
