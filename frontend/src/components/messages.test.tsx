import { fireEvent, screen } from "@testing-library/preact";
import { describe, it } from "vitest";
import { failure } from "../api/client";
import { listing } from "../data/runs";
import { counted, logged, open } from "../testing/page";

describe("messages", () => {
  it("show how to log if nothing is logged", async () => {
    await open([]);
    await screen.findByText("No filter images yet");
  });

  it("name the problem and offer a solution", async () => {
    listing.value = { kind: "error", message: "The disk is on fire." };
    await open(logged("a"), { run: "gone" });
    await screen.findByText("The run “gone” is not in these logs.");
    fireEvent.click(screen.getByText("Show what is logged"));
    await screen.findAllByTestId("tile");
    failure.value = "gone away";
    await screen.findByText(/TensorBoard does not respond/);
  });

  it("count batches if the log does", async () => {
    await open(counted(), { epoch: 7 });
    await screen.findByText("conv0 is not logged at batch 7.");
  });
});
