import { fireEvent, screen } from "@testing-library/preact";
import { describe, expect, it, vi } from "vitest";
import { state } from "../state/state";
import { freshRun } from "../testing/server";
import { counted, logged, open } from "../testing/page";

describe("the scrubber", () => {
  it("says how many epochs of the training are logged", async () => {
    await open(logged("a"));
    await screen.findByText("2 of 4 epochs");
  });

  it("shows the batch if the log has it", async () => {
    const header = { batches: 1500 };
    const layers = [{ tag: "conv1", keys: ["0"], epochs: [1], header }];
    await open([{ run: freshRun("steps"), layers }]);
    expect((await screen.findByTestId("only-epoch")).textContent).toBe(
      "epoch 1 (batch 1,500)",
    );
  });

  it("counts batches if the log does", async () => {
    await open(counted());
    await vi.waitFor(() =>
      expect(screen.getByTestId("only-epoch").textContent).toBe(
        "batch 500 (epoch 1)",
      ),
    );
    expect(screen.getByTestId("kept").textContent).toBe("1 update");
    expect(screen.queryByTestId("epoch")).toBeNull(); // nothing to choose
  });

  it("goes to the logged epoch nearest to a typed number", async () => {
    await open(logged("a"));
    const number = await screen.findByLabelText("Epoch number");
    await screen.findByText("2 of 4 epochs");
    fireEvent.change(number, { target: { value: "1" } });
    await vi.waitFor(() => expect(state.value.epoch).toBe(0));
    fireEvent.change(number, { target: { value: "9" } });
    await vi.waitFor(() => expect(state.value.epoch).toBeNull());
  });
});
