/** One image of a filter, drawn on a canvas. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { EventHeader } from "../api/event_header";
import { drawSoon } from "../render/drawing";
import { drawCurves } from "../render/signal_plot";
import { image } from "../data/images";
import type { ImageState } from "../data/image_state";
import { layerBasis, layerBounds } from "../data/layer_images";
import type { Pixels } from "../render/pixels";
import {
  hasManyChannels,
  isSignal,
  toCurves,
  toPicture,
  type Drawn,
  type Appearance,
} from "../render/rendering";
import { state } from "../state/state";
import { dark, inks } from "../render/theme";
import { whenNear } from "./when_near";
import { stepUnit } from "../selection/step_unit";

/** Returns how the state displays an image of a layer. */
export function appearanceOf(
  run: string,
  tag: string,
  epoch: number,
  header: EventHeader,
): Appearance {
  const { norm, channel, slice } = state.value;
  const many = hasManyChannels(header) && !isSignal(header);
  return {
    norm,
    channel,
    slice,
    shared: norm === "layer" ? layerBounds(run, tag, epoch) : null,
    basis: many && channel === "" ? layerBasis(run, tag) : null,
  };
}

export function draw(
  canvas: HTMLCanvasElement,
  { width, height, rgba }: Drawn,
): void {
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  canvas
    .getContext("2d")
    ?.putImageData(new ImageData(rgba, width, height), 0, 0);
}

function drawSignal(
  canvas: HTMLCanvasElement,
  pixels: Pixels,
  header: EventHeader,
  appearance: Appearance,
  size: number,
): void {
  const scale = Math.max(window.devicePixelRatio, 1);
  canvas.width = Math.round(size * scale);
  canvas.height = Math.round(size * scale);
  const context = canvas.getContext("2d");
  if (!context) return;
  context.scale(scale, scale);
  drawCurves(context, toCurves(pixels, header, appearance), size, size, inks());
}

const FINE = 96; // pixels of an image that is seen as a photograph

/** Shows pixels as squares unless the image is fine, or shown smaller. */
function rendering(found: ImageState, size: number): string {
  if (found.kind !== "ready") return "crisp";
  if (isSignal(found.header)) return "smooth";
  const { width } = found.pixels;
  const fine = width > size || width >= FINE;
  return state.value.smooth || fine ? "smooth" : "crisp";
}

interface Props {
  run: string;
  tag: string;
  epoch: number;
  filter: string;
  size: number;
}

/** An image without a label; its surroundings name it. */
export function FilterImage({ run, tag, epoch, filter, size }: Props) {
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
  const ready = found.kind === "ready" ? found : null;
  const appearance = ready && appearanceOf(run, tag, epoch, ready.header);
  const signal = ready !== null && isSignal(ready.header);
  useEffect(() => {
    const on = canvas.current;
    if (!ready || !appearance || !on) return;
    const { pixels, header } = ready;
    drawSoon(on, () => {
      if (signal) drawSignal(on, pixels, header, appearance, size);
      else draw(on, toPicture(pixels, header, appearance));
      on.dataset["shows"] = `${run} ${tag} ${epoch} ${filter}`;
    });
  }, [
    found,
    appearance?.norm,
    appearance?.channel,
    appearance?.slice,
    appearance?.basis,
    appearance?.shared?.low,
    appearance?.shared?.high,
    signal && size,
    signal && dark.value,
  ]);
  const message =
    found.kind === "missing"
      ? `not logged at ${stepUnit.value.unit} ${epoch}`
      : found.kind === "error"
        ? found.message
        : "";
  return (
    <div
      ref={holder}
      class={`picture ${found.kind}`}
      style={{ width: `${size}px`, height: `${size}px` }}
      data-loaded={ready ? "true" : "false"}
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
