import { fireEvent, render, screen } from "@testing-library/preact";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { SaveMenu } from "./menu";
import { options } from "./options";
import * as save from "./save";

vi.mock("./save", () => ({
  saveImage: vi.fn(),
  saveStrip: vi.fn(),
  saveSheet: vi.fn(),
  saveAnimation: vi.fn(),
  saveLedger: vi.fn(),
}));

const here = { run: "r", tag: "conv", epoch: 1, key: "0" };
beforeEach(() => vi.resetAllMocks());

describe("the menu of files to save", () => {
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
    await screen.findByText("Saved");
    expect(screen.getByText("Image")).toHaveProperty("disabled", false);
  });

  it("offers formats, scales, captions and patches", () => {
    render(<SaveMenu here={here} />);
    fireEvent.change(screen.getByLabelText("Scale"), {
      target: { value: "8" },
    });
    fireEvent.click(screen.getByLabelText("Captions"));
    fireEvent.click(screen.getByLabelText("Patches of real inputs"));
    expect(options.value).toEqual({
      format: "png",
      scale: 8,
      captions: false,
      patches: true,
    });
    fireEvent.change(screen.getByLabelText("Format"), {
      target: { value: "svg" },
    });
    expect(options.value.format).toBe("svg");
    return vi.waitFor(() =>
      expect(screen.queryByLabelText("Scale")).toBeNull(),
    );
  });

  it("saves what differs between two runs", () => {
    const ledger = { titles: [], bands: [], before: here, after: here };
    render(<SaveMenu ledger={ledger} />);
    fireEvent.click(screen.getByText("Filters in bands"));
    expect(save.saveLedger).toHaveBeenCalledWith(ledger);
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

  it("closes on Escape and returns the focus", () => {
    const others = vi.fn();
    window.addEventListener("keydown", others);
    render(<SaveMenu here={here} />);
    const menu = screen.getByTestId<HTMLDetailsElement>("save");
    menu.open = true;
    screen.getByText("Image").focus();
    fireEvent.keyDown(screen.getByText("Image"), { key: "Escape" });
    expect(menu.open).toBe(false);
    expect(document.activeElement).toBe(screen.getByText("Save"));
    // Nothing else is closed by the same press; the next one is for others.
    expect(others).not.toHaveBeenCalled();
    fireEvent.keyDown(screen.getByText("Save"), { key: "Escape" });
    expect(others).toHaveBeenCalledOnce();
    window.removeEventListener("keydown", others);
  });

  it("closes when a click or the focus goes elsewhere", () => {
    render(
      <>
        <SaveMenu here={here} />
        <button>Other</button>
      </>,
    );
    const menu = screen.getByTestId<HTMLDetailsElement>("save");
    menu.open = true;
    fireEvent.pointerDown(screen.getByText("Image"));
    expect(menu.open).toBe(true);
    fireEvent.pointerDown(document.body);
    expect(menu.open).toBe(false);
    menu.open = true;
    fireEvent.focusIn(screen.getByText("Other"));
    expect(menu.open).toBe(false);
  });
});
