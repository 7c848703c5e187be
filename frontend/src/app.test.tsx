/** The whole dashboard: its parts, and the keyboard. */
import { fireEvent, screen } from "@testing-library/preact";
import { describe, expect, it, vi } from "vitest";
import { hasInspector } from "./selection/inspected";
import { state, update } from "./state/state";
import { logged, open } from "./testing/page";

describe("the dashboard", () => {
  it("reads its state from the URL and writes it back", async () => {
    await open(logged("a"), { view: "time", filter: "1" });
    await screen.findByLabelText("Epoch 3");
    expect(state.value).toMatchObject({ view: "time", filter: "1" });
    update({ size: 64 });
    await vi.waitFor(() => expect(location.hash).toContain("p.actmax.size=64"));
  });

  it("listens to the keyboard", async () => {
    await open(logged("a"), { filter: "1" });
    await screen.findByTestId("inspector");
    fireEvent.keyDown(document.body, { key: "p" });
    expect(state.value.pins).toEqual(['["conv1","1"]']);
    fireEvent.keyDown(document.body, { key: "Escape" });
    expect(state.value.filter).toBeNull();
  });

  it("shows the inspector in all views but the comparison", async () => {
    await open(logged("a"), { filter: "0" });
    await screen.findByTestId("inspector");
    update({ view: "compare" });
    expect(hasInspector()).toBe(false);
    await vi.waitFor(() =>
      expect(screen.queryByTestId("inspector")).toBeNull(),
    );
  });
});
