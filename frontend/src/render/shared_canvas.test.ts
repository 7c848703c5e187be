import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { covered, SharedCanvas } from "./shared_canvas";

const WINDOW = { width: 1000, height: 800 };

describe("what a canvas covers", () => {
  it("is the window with a margin", () => {
    const frame = { left: 0, top: -5000, width: 900, height: 90_000 };
    expect(covered(frame, WINDOW)).toEqual({
      left: 0,
      top: 4800,
      width: 900,
      height: 1200,
    });
  });

  it("ends where its frame ends", () => {
    const high = { left: 0, top: 100, width: 900, height: 300 };
    expect(covered(high, WINDOW)).toMatchObject({ top: 0, height: 300 });
    const end = { left: 0, top: -9000, width: 900, height: 9500 };
    expect(covered(end, WINDOW)).toMatchObject({ top: 8300, height: 1200 });
  });
});

describe("a shared canvas", () => {
  const drawImage = vi.fn();
  const context = {
    drawImage,
    clearRect: vi.fn(),
    imageSmoothingEnabled: true,
    globalAlpha: 1,
  };
  let scroll = 0;
  const image = { width: 8, height: 4 } as ImageBitmap;

  function at(left: number, top: number, width: number, height: number) {
    const element = document.createElement("div");
    element.getBoundingClientRect = () =>
      new DOMRect(left, top - scroll, width, height);
    return element;
  }

  const nextFrame = () => new Promise(requestAnimationFrame);

  let shared: SharedCanvas;
  let detach: () => void;
  beforeEach(() => {
    vi.stubGlobal(
      "ResizeObserver",
      class {
        observe = vi.fn();
        disconnect = vi.fn();
      },
    );
    vi.stubGlobal("devicePixelRatio", 2);
    drawImage.mockReset();
    context.clearRect.mockReset();
    scroll = 0;
    const canvas = document.createElement("canvas");
    canvas.getContext = vi.fn().mockReturnValue(context);
    at(10, 100, 900, 50_000).append(canvas);
    shared = new SharedCanvas();
    detach = shared.attach(canvas);
  });
  afterEach(() => {
    detach();
    vi.unstubAllGlobals();
  });

  it("draws a picture where its element is, in the window's pixels", async () => {
    shared.show(at(30, 140, 40, 40), { image, crisp: true, opacity: 1 });
    await nextFrame();
    // Twice as wide as high: it stands in the middle of the square.
    expect(drawImage.mock.calls).toEqual([[image, 40, 100, 80, 40]]);
    expect(context.imageSmoothingEnabled).toBe(false);
  });

  it("fades and removes a picture", async () => {
    const element = at(30, 140, 40, 40);
    shared.show(element, { image, crisp: false, opacity: 1 });
    shared.fade(element, 0.5);
    await nextFrame();
    expect(context.globalAlpha).toBe(0.5);
    expect(context.imageSmoothingEnabled).toBe(true);
    shared.remove(element);
    await nextFrame();
    expect(drawImage).toHaveBeenCalledTimes(1);
  });

  it("measures an element again only if it may have moved", async () => {
    const element = at(30, 140, 40, 40);
    const measured = vi.spyOn(element, "getBoundingClientRect");
    const picture = { image, crisp: true, opacity: 1 };
    shared.show(element, picture);
    await nextFrame();
    shared.show(element, picture);
    await nextFrame();
    expect(drawImage).toHaveBeenCalledTimes(2);
    expect(measured).toHaveBeenCalledTimes(1);
    shared.redraw();
    await nextFrame();
    expect(measured).toHaveBeenCalledTimes(2);
  });

  it("draws again once another part of it is in the window", async () => {
    shared.show(at(30, 3000, 40, 40), { image, crisp: true, opacity: 1 });
    await nextFrame();
    expect(drawImage).not.toHaveBeenCalled();
    scroll = 100; // still within the margin
    document.dispatchEvent(new Event("scroll"));
    await nextFrame();
    expect(context.clearRect).toHaveBeenCalledTimes(1);
    scroll = 2800;
    document.dispatchEvent(new Event("scroll"));
    await nextFrame();
    expect(drawImage).toHaveBeenCalledTimes(1);
  });
});
