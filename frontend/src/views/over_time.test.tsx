import { fireEvent, screen } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import { state } from "../state/state";
import { logged, open } from "../testing/page";

describe("over time", () => {
  it("has a row for each filter and a column for each epoch", async () => {
    await open(logged("a"), { view: "time" });
    await screen.findByLabelText("Epoch 3");
    await screen.findByText("settled at 3"); // once all epochs are read
    const rows = await screen.findAllByTestId("settling");
    expect(rows.map((row) => row.textContent)).toEqual([
      "settled at 3",
      "not settled",
    ]);
    fireEvent.click(screen.getByLabelText("Epoch 0"));
    expect(state.value.epoch).toBe(0);
  });
});
