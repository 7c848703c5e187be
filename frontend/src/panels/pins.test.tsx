import { fireEvent, screen, within } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import { state } from "../state/state";
import { logged, open } from "../testing/page";

describe("pins", () => {
  it("are shown in every view and can be removed", async () => {
    const pins = [JSON.stringify(["conv2", "0"])];
    await open(logged("a"), { pins, view: "overview" });
    const strip = await screen.findByLabelText("Pinned filters");
    fireEvent.click(within(strip).getByLabelText("Unpin conv2, filter 0"));
    expect(state.value.pins).toEqual([]);
  });

  it("say what is not logged and can be removed", async () => {
    const pins = [
      ["conv9", "0"],
      ["conv1", "7"],
      ["conv1", "1"],
    ];
    const texts = pins.map((pin) => JSON.stringify(pin));
    await open(logged("a"), { pins: texts });
    const strip = await screen.findByLabelText("Pinned filters");
    await within(strip).findByText(/has no layer “conv9”/);
    await within(strip).findByText(/has no filter 7/);
    expect(within(strip).getAllByTestId("tile")).toHaveLength(1);
    fireEvent.click(within(strip).getByLabelText("Unpin conv9, filter 0"));
    expect(state.value.pins).toEqual(texts.slice(1));
  });
});
