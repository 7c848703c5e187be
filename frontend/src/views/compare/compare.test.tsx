import { fireEvent, screen } from "@testing-library/preact";
import { describe, expect, it, vi } from "vitest";
import { lens, lensSize, resetLens } from "../../selection/lens";
import { state, update } from "../../state/state";
import { counted, logged, open } from "../../testing/page";

describe("compare", () => {
  it("begins with the first and newest epoch and offers other pairs", async () => {
    await open(logged("a"), { view: "compare" });
    const first = await screen.findByText("First and newest epoch");
    await vi.waitFor(() =>
      expect(first.getAttribute("aria-pressed")).toBe("true"),
    );
    expect(screen.getByText("Two runs")).toHaveProperty("disabled", true);
    fireEvent.click(screen.getByText("Two filters"));
    await vi.waitFor(() => expect(state.value.b?.key).toBe("1"));
    fireEvent.click(screen.getByLabelText("Swap A and B"));
    expect(state.value.a?.key).toBe("1");
    for (const way of ["Swipe", "Blink", "Difference"]) {
      fireEvent.click(screen.getByText(way));
      await screen.findByText(way);
    }
    expect(state.value.compare).toBe("difference");
  });

  it("notes that images are paired by number only if these two are", async () => {
    const runs = logged("a", "b");
    const place = (of: number, key: string) => ({
      run: runs[of]?.run ?? "",
      tag: "conv1",
      epoch: 3,
      key,
    });
    const match = { pairs: [], cka: null, reason: "Other probes." };
    const pair = { a: place(0, "1"), b: place(1, "1") };
    await open(runs, { view: "compare", ...pair }, { match });
    const said = await screen.findByTestId("counterpart");
    expect(said.textContent).toBe("Paired by number: Other probes.");
    update({ b: place(0, "0") });
    await vi.waitFor(() =>
      expect(screen.queryByTestId("counterpart")).toBeNull(),
    );
    expect(screen.getByText("Two runs")).toHaveProperty("disabled", false);
  });

  it("counts batches if the log does", async () => {
    await open(counted(), { view: "compare" });
    await screen.findByText("First and newest batch");
    expect(await screen.findAllByLabelText("Batch")).toHaveLength(2);
  });

  it("is zoomed and panned by keys", async () => {
    await open(logged("a"), { view: "compare" });
    await screen.findByText("Swipe");
    lensSize.value = 300;
    resetLens();
    const press = (key: string) => fireEvent.keyDown(document.body, { key });
    press("ArrowLeft");
    expect(lens.value).toEqual({ zoom: 1, x: 0, y: 0 });
    for (const key of ["+", "+", "ArrowLeft", "ArrowLeft", "ArrowDown"]) {
      press(key);
    }
    expect(lens.value).toEqual({ zoom: 2.25, x: 48, y: -24 });
    press("ArrowUp");
    press("ArrowRight");
    expect(lens.value).toEqual({ zoom: 2.25, x: 24, y: 0 });
    press("0");
    expect(lens.value.zoom).toBe(1);
  });
});
