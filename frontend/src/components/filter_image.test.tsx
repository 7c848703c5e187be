import { signal, type Signal } from "@preact/signals";
import { act, render, screen } from "@testing-library/preact";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { image } from "../data/images";
import type { ImageState } from "../data/image_state";
import { freshRun, serve } from "../testing/server";
import { appearanceOf, FilterImage } from "./filter_image";
import { Tile } from "./tile";
import { update } from "../state/state";

vi.mock(import("../data/images"), async (original) => ({
  ...(await original()),
  image: vi.fn(),
}));

// The component makes one observer, which all tests share.
let near: (targets: Element[]) => void = () => undefined;
class Watcher {
  observe = vi.fn();
  unobserve = vi.fn();
  constructor(tell: (entries: object[]) => void) {
    near = (targets) =>
      tell(targets.map((target) => ({ isIntersecting: true, target })));
  }
}

let shown: Signal<ImageState>;
beforeEach(() => {
  vi.stubGlobal("IntersectionObserver", Watcher);
  shown = signal<ImageState>({ kind: "loading" });
  vi.mocked(image).mockReset().mockReturnValue(shown);
});

async function draw(): Promise<Element> {
  const { container } = render(
    <FilterImage run="r" tag="conv" epoch={3} filter="7" size={40} />,
  );
  const holder = container.firstElementChild as Element;
  await act(() => undefined);
  return holder;
}

describe("a filter image", () => {
  it("is fetched when it comes near the viewport", async () => {
    const holder = await draw();
    expect(image).not.toHaveBeenCalled();
    await act(() => near([holder]));
    expect(image).toHaveBeenCalledWith("r", "conv", 3, "7");
    expect(holder.className).toContain("loading");
  });

  it("says that it is not logged, or why it cannot be shown", async () => {
    const holder = await draw();
    await act(() => near([holder]));
    await act(() => {
      shown.value = { kind: "missing" };
    });
    screen.getByText("not logged at epoch 3");
    await act(() => {
      shown.value = { kind: "error", message: "torn" };
    });
    screen.getByText("torn");
    expect(holder.getAttribute("title")).toBe("torn");
    expect(holder.querySelector("canvas")).toBeNull();
  });

  it("gives that text to the name of its tile", async () => {
    const of = { run: "r", tag: "conv", epoch: 3, filter: "7", size: 40 };
    render(<Tile {...of} status={null} score={null} caption="of a" />);
    const tile = screen.getByTestId("tile");
    await act(() => near([tile.firstElementChild as Element]));
    await act(() => {
      shown.value = { kind: "missing" };
    });
    expect(tile.getAttribute("aria-label")).toBe(
      "conv, filter 7, epoch 3, not logged at epoch 3, of a",
    );
  });
});

describe("the appearance of an image", () => {
  it("is that of the state", async () => {
    await serve([{ run: freshRun(), layers: [] }]);
    update({ norm: "each", channel: "2", slice: 1 });
    const header = { height: 5, width: 5, channels: 4 };
    expect(appearanceOf("r", "conv", 3, header as never)).toEqual({
      norm: "each",
      channel: "2",
      slice: 1,
      shared: null,
      basis: null,
    });
  });
});
