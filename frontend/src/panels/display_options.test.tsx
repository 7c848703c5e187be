import { fireEvent, screen } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import { state } from "../state/state";
import { counted, logged, open } from "../testing/page";

describe("options", () => {
  it("change the state", async () => {
    await open(logged("a"));
    fireEvent.change(await screen.findByLabelText(/^Normalization/), {
      target: { value: "standardize" },
    });
    fireEvent.click(screen.getByLabelText("Smooth"));
    fireEvent.click(screen.getByTestId("exemplar-overlay"));
    fireEvent.input(screen.getByLabelText("Size"), {
      target: { value: "128" },
    });
    fireEvent.input(screen.getByLabelText("Filters"), {
      target: { value: "1" },
    });
    expect(state.value).toMatchObject({
      norm: "standardize",
      smooth: true,
      exemplars: true,
      size: 128,
      search: "1",
    });
  });

  it("are only those that apply to the view", async () => {
    await open(logged("a"), { view: "compare" });
    await screen.findByLabelText("Smooth");
    for (const name of ["Size", "Sort by", "Filters", "Exemplars"]) {
      expect(screen.queryByLabelText(name)).toBeNull();
    }
  });

  it("name batches if the steps count batches", async () => {
    await open(counted());
    await screen.findByText(/Change since the previous batch/);
  });
});
