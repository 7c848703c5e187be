import { fireEvent, screen } from "@testing-library/preact";
import { describe, expect, it, vi } from "vitest";
import { fullLink } from "./copy_link";
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

  it("is shown if the page may not write to the clipboard", async () => {
    await open(logged("a"), { filter: "1" });
    clipboard(() => Promise.reject(new Error("not allowed")));
    fireEvent.click(await screen.findByTestId("copy-link"));
    const field = await screen.findByLabelText("Link to this view");
    expect(field).toHaveProperty("value", fullLink());
  });
});
