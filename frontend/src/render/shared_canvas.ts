/**
 * One canvas of many tiles, on which their images are drawn. The browser
 * composites each canvas as a layer of its own, and to compare hundreds of
 * layers takes longer than to draw all images.
 */

export interface Picture {
  image: ImageBitmap;
  /** Whether enlarged pixels are squares. */
  crisp: boolean;
  opacity: number;
}

interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

const MARGIN = 200; // pixels around the window that are drawn too

/** Returns what a canvas covers of a frame: the window and a margin. */
export function covered(frame: Box, window: Omit<Box, "left" | "top">): Box {
  const along = (start: number, length: number, seen: number) => {
    const covers = Math.min(Math.ceil(length), Math.ceil(seen) + 2 * MARGIN);
    const from = Math.min(-start - MARGIN, length - covers);
    return [Math.floor(Math.max(from, 0)), covers] as const;
  };
  const [left, width] = along(frame.left, frame.width, window.width);
  const [top, height] = along(frame.top, frame.height, window.height);
  return { left, top, width, height };
}

/** Whether a box holds all of a frame that is in the window. */
function holds(box: Box, frame: Box, window: Omit<Box, "left" | "top">) {
  const along = (
    from: number,
    covers: number,
    start: number,
    length: number,
    seen: number,
  ) =>
    from <= Math.max(-start, 0) &&
    from + covers >= Math.min(seen - start, length);
  return (
    along(box.left, box.width, frame.left, frame.width, window.width) &&
    along(box.top, box.height, frame.top, frame.height, window.height)
  );
}

export class SharedCanvas {
  private readonly pictures = new Map<Element, Picture>();
  /** Where elements are in the frame. */
  private readonly boxes = new Map<Element, Box>();
  private canvas: HTMLCanvasElement | null = null;
  private place: Box | null = null;
  private asked = false;
  private changed = false;

  /** Draws on a canvas until the returned function is called. */
  attach(canvas: HTMLCanvasElement): () => void {
    this.canvas = canvas;
    const observer = new ResizeObserver(() => this.redraw());
    if (canvas.parentElement) observer.observe(canvas.parentElement);
    const onScroll = () => this.soon();
    const onResize = () => this.redraw();
    // Whatever scrolls around the canvas.
    document.addEventListener("scroll", onScroll, {
      capture: true,
      passive: true,
    });
    window.addEventListener("resize", onResize); // also of its resolution
    this.redraw();
    return () => {
      this.canvas = null;
      observer.disconnect();
      document.removeEventListener("scroll", onScroll, { capture: true });
      window.removeEventListener("resize", onResize);
    };
  }

  /** Draws a picture where an element is. */
  show(element: Element, picture: Picture): void {
    this.pictures.set(element, picture);
    this.change();
  }

  fade(element: Element, opacity: number): void {
    const picture = this.pictures.get(element);
    if (picture && picture.opacity !== opacity) {
      this.show(element, { ...picture, opacity });
    }
  }

  remove(element: Element): void {
    this.boxes.delete(element);
    if (this.pictures.delete(element)) this.change();
  }

  /** Draws all pictures in the next frame, where their elements are then. */
  redraw(): void {
    this.boxes.clear();
    this.change();
  }

  private change(): void {
    this.changed = true;
    this.soon();
  }

  /** To measure hundreds of elements takes longer than to draw their images. */
  private boxOf(element: Element, frame: Box): Box {
    const known = this.boxes.get(element);
    if (known) return known;
    const { left, top, width, height } = element.getBoundingClientRect();
    const box = {
      left: left - frame.left,
      top: top - frame.top,
      width,
      height,
    };
    this.boxes.set(element, box);
    return box;
  }

  private soon(): void {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => {
      this.asked = false;
      this.draw();
    });
  }

  private draw(): void {
    const { canvas } = this;
    const parent = canvas?.parentElement;
    if (!canvas || !parent) return;
    const frame = parent.getBoundingClientRect();
    const seen = { width: window.innerWidth, height: window.innerHeight };
    if (this.place && !this.changed && holds(this.place, frame, seen)) return;
    this.changed = false;
    const place = covered(frame, seen);
    this.place = place;
    const scale = window.devicePixelRatio;
    const width = Math.round(place.width * scale);
    const height = Math.round(place.height * scale);
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
      canvas.style.width = `${width / scale}px`;
      canvas.style.height = `${height / scale}px`;
    }
    canvas.style.left = `${place.left}px`;
    canvas.style.top = `${place.top}px`;
    const context = canvas.getContext("2d");
    if (!context) return;
    context.clearRect(0, 0, width, height);
    const round = (at: number) => Math.round(at * scale);
    const origin = [
      round(frame.left + place.left),
      round(frame.top + place.top),
    ] as const;
    for (const [element, { image, crisp, opacity }] of this.pictures) {
      const box = this.boxOf(element, frame);
      const [left, top] = [box.left - place.left, box.top - place.top];
      if (top + box.height < 0 || top > place.height) continue;
      if (left + box.width < 0 || left > place.width) continue;
      const x = round(frame.left + box.left);
      const y = round(frame.top + box.top);
      const across = round(frame.left + box.left + box.width) - x;
      const down = round(frame.top + box.top + box.height) - y;
      const fit = Math.min(across / image.width, down / image.height);
      const w = Math.round(image.width * fit);
      const h = Math.round(image.height * fit);
      context.imageSmoothingEnabled = !crisp;
      context.globalAlpha = opacity;
      context.drawImage(
        image,
        x - origin[0] + Math.floor((across - w) / 2),
        y - origin[1] + Math.floor((down - h) / 2),
        w,
        h,
      );
    }
  }
}
