import { screen, within } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import { freshRun } from "../testing/server";
import { open } from "../testing/page";

describe("the summary of a layer", () => {
  it("gives the shares of all its filters, as the bar does", async () => {
    // 9 of 32 are dead, 11 change and 12 have settled.
    const states = Array.from({ length: 32 }, (_, i) => ({
      status: i < 9 ? "dead" : "ok",
      settled: i < 20 ? 0 : 1,
    }));
    const layer = {
      tag: "features",
      keys: states.map((_, i) => String(i)),
      epochs: [0],
      status: states.map(({ status }) => [status]),
      values: { settled: states.map(({ settled }) => [settled]) },
    };
    await open([{ run: freshRun(), layers: [layer] }]);
    const inspector = within(await screen.findByTestId("inspector"));
    const said = "9 dead, 11 still changing, 12 settled";
    expect(await inspector.findByText(said)).toBeTruthy();
    expect(inspector.getByRole("img", { name: said })).toBeTruthy();
    const shares = inspector
      .getAllByRole("figure")
      .map((figure) => figure.querySelector("figcaption")?.textContent);
    expect(shares).toEqual(["settled 38 %", "dead 28 %"]);
    expect(inspector.getByText("Contact sheet of the layer")).toBeTruthy();
    expect(inspector.getByTestId("copy-link")).toBeTruthy();
  });
});
