import { render } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import { rowsNear, TileGrid } from "./tile_grid";

describe("rows near the viewport", () => {
  it("include two rows above and below it", () => {
    expect(rowsNear(1000, 600, 100, 500)).toEqual([8, 18]);
    expect(rowsNear(0, 600, 100, 500)).toEqual([0, 8]);
    expect(rowsNear(-50, 600, 100, 3)).toEqual([0, 3]);
  });

  it("end at the last tile", () => {
    expect(rowsNear(4700, 600, 100, 50)).toEqual([45, 50]);
    expect(rowsNear(90_000, 600, 100, 50)).toEqual([49, 50]);
    expect(rowsNear(0, 600, 100, 0)).toEqual([0, 0]);
  });
});

describe("tiles", () => {
  const keys = Array.from({ length: 2000 }, (_, i) => String(i));

  function shown(chosen: string | null) {
    const { container } = render(
      <TileGrid
        keys={keys}
        label="all"
        size={96}
        chosen={chosen}
        tile={(key, tabbable) => (
          <button key={key} tabIndex={tabbable ? 0 : -1} />
        )}
      />,
    );
    return [...container.querySelectorAll("button")];
  }

  it("are rendered as far as they fit the window", () => {
    const found = shown(null);
    expect(found.length).toBeGreaterThan(20);
    expect(found.length).toBeLessThan(400);
  });

  it("have one tab stop: the selected tile if it is rendered", () => {
    const stops = (chosen: string | null) =>
      shown(chosen).flatMap(({ tabIndex }, i) => (tabIndex === 0 ? [i] : []));
    expect(stops("3")).toEqual([3]);
    expect(stops("1999")).toEqual([0]);
    expect(stops(null)).toEqual([0]);
  });
});
