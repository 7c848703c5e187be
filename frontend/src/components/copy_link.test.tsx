import { fireEvent, screen } from "@testing-library/preact";
import { describe, expect, it, vi } from "vitest";
import { fullLink } from "./copy_link";
import { fromParameters } from "../state/url";
import { logged, open } from "../testing/page";

function clipboard(writeText: (link: string) => Promise<void>): void {
  vi.stubGlobal("navigator", { ...navigator, clipboard: { writeText } });
}

describe("a copied link", () => {
  it("names the defaults, so that it shows the same later", async () => {
    const runs = logged("a");
    await open(runs, { layer: null, filter: "1" });
    const copied = vi.fn(() => Promise.resolve());
    clipboard(copied);
    fireEvent.click(await screen.findByTestId("copy-link"));
    await screen.findByText("Copied");
    const link = decodeURIComponent(fullLink());
    expect(copied).toHaveBeenCalledWith(fullLink());
    for (const part of [`run=${runs[0]?.run}`, "layer=conv2", "epoch=3"]) {
      expect(link).toContain(`p.actmax.${part}`);
    }
  });

  it("names both sides of the ledger, and the layer that it shows", async () => {
    const runs = logged("a", "b");
    const [before, after] = runs.map(({ run }) => run);
    const pairs = [{ key: "0", other: "0", r: 0.6 }];
    await open(
      runs,
      { view: "runs", run: after ?? null },
      { match: { pairs, cka: 0.7 } },
    );
    await screen.findByText("0 → 0 · r 0.60");
    const { hash } = new URL(fullLink(), "http://localhost/");
    const values = new Map(
      [...new URLSearchParams(hash.replace(/^#/, ""))].map(([name, value]) => [
        name.replace("p.actmax.", ""),
        value,
      ]),
    );
    // conv1 lost a filter, which conv2 does not have.
    expect(fromParameters(values)).toMatchObject({
      view: "runs",
      run: after,
      layer: "conv1",
      epoch: 3,
      against: { run: before, epoch: 3 },
    });
  });

  it("names both images of a comparison", async () => {
    await open(logged("a"), { view: "compare", layer: "conv1" });
    await vi.waitFor(() => {
      const link = decodeURIComponent(fullLink());
      expect(link).toMatch(/\ba=\["[^"]*","conv1",0,"0"\]/);
      expect(link).toMatch(/\bb=\["[^"]*","conv1",3,"0"\]/);
    });
  });

  it("is shown if the page may not write to the clipboard", async () => {
    await open(logged("a"), { filter: "1" });
    clipboard(() => Promise.reject(new Error("not allowed")));
    fireEvent.click(await screen.findByTestId("copy-link"));
    const field = await screen.findByLabelText("Link to this view");
    expect(field).toHaveProperty("value", fullLink());
  });
});
