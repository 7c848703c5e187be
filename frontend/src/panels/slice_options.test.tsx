import { fireEvent, screen, within } from "@testing-library/preact";
import { describe, expect, it, vi } from "vitest";
import { state } from "../state/state";
import { freshRun } from "../testing/server";
import { open } from "../testing/page";

describe("volumes and channels", () => {
  it("have controls", async () => {
    const header = { depth: 5, channels: 4 };
    const layers = [{ tag: "conv1", keys: ["0"], epochs: [1], header }];
    await open([{ run: freshRun("volume"), layers }]);
    const slice = await screen.findByTestId("slice");
    expect(slice.getAttribute("aria-valuetext")).toBe("slice 3 of 5");
    fireEvent.input(slice, { target: { value: "4" } });
    expect(state.value.slice).toBe(4);
    fireEvent.change(screen.getByTestId("channel"), {
      target: { value: "2" },
    });
    expect(state.value.channel).toBe("2");
  });

  it("show all slices on the page of a filter", async () => {
    const header = { depth: 3 };
    const layers = [{ tag: "conv1", keys: ["0"], epochs: [1], header }];
    const runs = [{ run: freshRun("slices"), layers }];
    await open(runs, { view: "filter", filter: "0" });
    const strip = within(await screen.findByTestId("all-slices"));
    const second = strip.getByLabelText("Slice 2 of 3");
    expect(second.getAttribute("aria-pressed")).toBe("true");
    fireEvent.click(strip.getByLabelText("Slice 3 of 3"));
    expect(state.value.slice).toBe(2);
  });

  it("name the curves of a signal", async () => {
    const header = { height: 1, width: 9, channels: 2 };
    const layers = [{ tag: "conv1", keys: ["0"], epochs: [1], header }];
    const runs = [{ run: freshRun("signal"), layers }];
    await open(runs, { view: "filter", filter: "0" });
    const legend = await screen.findByTestId("channel-legend");
    expect(legend.textContent).toContain("channel 0");
    expect(legend.textContent).toContain("channel 1");
    fireEvent.change(screen.getByTestId("channel"), { target: { value: "1" } });
    await vi.waitFor(() =>
      expect(screen.queryByTestId("channel-legend")).toBeNull(),
    );
  });

  it("play their slices", async () => {
    const header = { depth: 5 };
    const layers = [{ tag: "conv1", keys: ["0"], epochs: [1], header }];
    await open([{ run: freshRun("video"), layers }]);
    fireEvent.click(await screen.findByLabelText("Play through slices"));
    await screen.findByLabelText("Pause the slices");
    fireEvent.keyDown(document.body, { key: "v" });
    await screen.findByLabelText("Play through slices");
  });
});
