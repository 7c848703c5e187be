import { fireEvent, render, screen } from "@testing-library/preact";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { SaveMenu } from "./menu";
import * as save from "./save";

vi.mock("./save", () => ({
  saveImage: vi.fn(),
  saveStrip: vi.fn(),
  saveSheet: vi.fn(),
  saveAnimation: vi.fn(),
}));

const here = { run: "r", tag: "conv", epoch: 1, key: "0" };
beforeEach(() => vi.resetAllMocks());

describe("the menu of what can be saved", () => {
  it("saves what is chosen, one at a time", async () => {
    let done = (): void => undefined;
    vi.mocked(save.saveAnimation).mockReturnValue(
      new Promise((resolve) => (done = resolve)),
    );
    render(<SaveMenu here={here} />);
    fireEvent.click(screen.getByText("Animation of the layer"));
    await screen.findByText("Saving …");
    expect(save.saveAnimation).toHaveBeenCalledWith(here, true);
    expect(screen.getByText("Image")).toHaveProperty("disabled", true);
    done();
    await screen.findByText("Save");
    expect(screen.getByText("Image")).toHaveProperty("disabled", false);
  });

  it("says what went wrong, until the next is saved", async () => {
    vi.mocked(save.saveImage).mockRejectedValueOnce(new Error("no memory"));
    render(<SaveMenu here={here} />);
    fireEvent.click(screen.getByText("Image"));
    expect((await screen.findByRole("alert")).textContent).toContain(
      "no memory",
    );
    fireEvent.click(screen.getByText("Strip over epochs"));
    await vi.waitFor(() => expect(screen.queryByRole("alert")).toBeNull());
  });
});
