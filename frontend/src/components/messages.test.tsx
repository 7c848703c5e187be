import { fireEvent, screen } from "@testing-library/preact";
import { describe, it } from "vitest";
import { failure } from "../api/client";
import { listing } from "../data/runs";
import { counted, logged, open } from "../testing/page";

describe("messages", () => {
  it("say what to run where nothing is logged", async () => {
    await open([]);
    await screen.findByText("No images of filters here yet");
  });

  it("say what is wrong, and offer to try again", async () => {
    listing.value = { kind: "error", message: "The disk is on fire." };
    await open(logged("a"), { run: "gone" });
    await screen.findByText("The run “gone” is not in these logs.");
    fireEvent.click(screen.getByText("Show what is there"));
    await screen.findAllByTestId("tile");
    failure.value = "gone away";
    await screen.findByText(/TensorBoard does not answer/);
  });

  it("speak of batches where steps count them", async () => {
    await open(counted(), { epoch: 7 });
    await screen.findByText("conv0 is not logged at batch 7.");
  });
});
