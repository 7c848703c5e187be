import { fireEvent, screen } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import { state } from "../state/state";
import { counted, logged, open } from "../testing/page";

describe("options", () => {
  it("change how all is shown", async () => {
    await open(logged("a"));
    fireEvent.change(await screen.findByLabelText(/^Normalization/), {
      target: { value: "standardize" },
    });
    fireEvent.click(screen.getByLabelText("Smooth"));
    fireEvent.click(screen.getByTestId("patches-over"));
    fireEvent.input(screen.getByLabelText("Size"), {
      target: { value: "128" },
    });
    fireEvent.input(screen.getByLabelText("Filters"), {
      target: { value: "1" },
    });
    expect(state.value).toMatchObject({
      norm: "standardize",
      smooth: true,
      patches: true,
      size: 128,
      search: "1",
    });
  });

  it("are those that the view has a use for", async () => {
    await open(logged("a"), { view: "compare" });
    await screen.findByLabelText("Smooth");
    for (const name of ["Size", "Sort by", "Filters", "Real patches"]) {
      expect(screen.queryByLabelText(name)).toBeNull();
    }
  });

  it("sort by what changed since the batch before, if steps count those", async () => {
    await open(counted());
    await screen.findByText(/Change since the previous batch/);
  });
});
