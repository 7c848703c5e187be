import { fireEvent, screen } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import { state } from "../state/state";
import { logged, open } from "../testing/page";

describe("layers", () => {
  it("are cards in the order of the network, with shares over epochs", async () => {
    await open(logged("a"), { view: "layers" });
    const cards = await screen.findAllByTestId("layer-card");
    expect(cards.map((card) => card.getAttribute("aria-label"))).toEqual([
      "conv1",
      "conv2",
    ]);
    await screen.findByLabelText(/^settled over epochs, from 0 % to 50 %/);
    fireEvent.click(screen.getByRole("button", { name: "conv2" }));
    expect(state.value).toMatchObject({ layer: "conv2", view: "grid" });
  });
});
