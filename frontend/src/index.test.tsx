/** The module as TensorBoard uses it: imported into an empty page, rendered. */
import { screen } from "@testing-library/preact";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { render } from "./index";
import { freshRun, serve } from "./testing/server";
import { withoutLayout } from "./testing/page";

async function openEmptyPage(): Promise<void> {
  document.head.replaceChildren();
  document.body.replaceChildren();
  withoutLayout();
  await serve([
    {
      run: freshRun("entry"),
      layers: [{ tag: "conv1", keys: ["0", "1"], epochs: [0] }],
    },
  ]);
  render();
}

describe("the entry point", () => {
  beforeEach(openEmptyPage);

  it("shows the dashboard of the logs", async () => {
    expect(screen.getByTestId("actmax")).toBeTruthy();
    await screen.findByTestId("overview");
    await vi.waitFor(() =>
      expect(document.activeElement).toBe(screen.getByTestId("actmax")),
    );
  });

  it("adds the style sheet to the page", () => {
    const sheets = [...document.head.querySelectorAll("style")];
    expect(sheets).toHaveLength(1);
    expect(sheets[0]?.textContent).toContain(".app");
    // TensorBoard serves no other files.
    expect(sheets[0]?.textContent).not.toMatch(/@import|url\((?!["']?data:)/);
  });

  it("sets the title and the language of the page", () => {
    expect(document.title).toBe("Activation Max");
    expect(document.documentElement.lang).toBe("en");
  });
});
