/** One image of a filter, drawn on a canvas. */
import { useEffect, useRef, useState } from "preact/hooks";
import { image, type ImageState } from "./images";
import { scaling, toRgba, type Pixels } from "./pixels";
import { layerBounds } from "./layer_bounds";
import { state } from "./state";

const waiting = new WeakMap<Element, () => void>();
let observer: IntersectionObserver | undefined;

/** Calls once, when an element first comes near the window. */
function whenNear(element: Element, near: () => void): () => void {
  observer ??= new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        observer?.unobserve(target);
        waiting.get(target)?.();
      }
    },
    { rootMargin: "200px" },
  );
  waiting.set(element, near);
  observer.observe(element);
  return () => observer?.unobserve(element);
}

export function paint(
  canvas: HTMLCanvasElement,
  found: Extract<ImageState, { kind: "ready" }>,
  shared: ReturnType<typeof layerBounds>,
): void {
  const { pixels, header } = found;
  const [low, high] = header.value_range;
  const zero = Math.min(Math.max((-low / (high - low || 1)) * 255, 0), 255);
  const how = scaling(pixels, state.value.norm, zero, shared);
  draw(canvas, pixels, toRgba(pixels, how));
}

export function draw(
  canvas: HTMLCanvasElement,
  { width, height }: Pixels,
  rgba: Uint8ClampedArray<ArrayBuffer>,
): void {
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  canvas
    .getContext("2d")
    ?.putImageData(new ImageData(rgba, width, height), 0, 0);
}

/** Pixels are worth seeing where they are drawn larger than the screen's. */
function rendering(found: ImageState, size: number): string {
  const wide = found.kind === "ready" ? found.pixels.width : 0;
  return state.value.smooth || wide > size ? "smooth" : "crisp";
}

interface Props {
  run: string;
  tag: string;
  epoch: number;
  filter: string;
  size: number;
}

/** The picture alone; what surrounds it says what it is. */
export function Picture({ run, tag, epoch, filter, size }: Props) {
  const holder = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [near, setNear] = useState(false);
  useEffect(() => {
    const element = holder.current;
    return element ? whenNear(element, () => setNear(true)) : undefined;
  }, []);
  const found: ImageState = near
    ? image(run, tag, epoch, filter).value
    : { kind: "loading" };
  const { norm } = state.value;
  const shared = norm === "layer" && near ? layerBounds(run, tag, epoch) : null;
  const painted = `${run} ${tag} ${epoch} ${filter}`;
  useEffect(() => {
    if (found.kind !== "ready" || !canvas.current) return;
    paint(canvas.current, found, shared);
    canvas.current.dataset["shows"] = painted;
  }, [found, norm, shared?.low, shared?.high]);
  const message =
    found.kind === "missing"
      ? `not logged at epoch ${epoch}`
      : found.kind === "error"
        ? found.message
        : "";
  return (
    <div
      ref={holder}
      class={`picture ${found.kind}`}
      style={{ width: `${size}px`, height: `${size}px` }}
      data-loaded={found.kind === "ready" ? "true" : "false"}
      title={message || undefined}
    >
      {message ? (
        <span class="picture-note">{message}</span>
      ) : (
        <canvas
          ref={canvas}
          class={rendering(found, size)}
          aria-hidden="true"
        />
      )}
    </div>
  );
}
