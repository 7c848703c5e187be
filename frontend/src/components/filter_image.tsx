/** One image of a filter, drawn on a canvas. */
import {
  useContext,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from "preact/hooks";
import type { EventHeader } from "../api/event_header";
import { bitmapOf, keptPicture, makePicture } from "../render/bitmaps";
import { drawNow, drawSoon } from "../render/drawing";
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
import { Shared } from "./one_canvas";
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

type Pen2D = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

function drawSignal(
  canvas: HTMLCanvasElement | OffscreenCanvas,
  pixels: Pixels,
  header: EventHeader,
  appearance: Appearance,
  size: number,
): void {
  const scale = Math.max(window.devicePixelRatio, 1);
  canvas.width = Math.round(size * scale);
  canvas.height = Math.round(size * scale);
  const context = canvas.getContext("2d") as Pen2D | null;
  if (!context) return;
  context.scale(scale, scale);
  drawCurves(context, toCurves(pixels, header, appearance), size, size, inks());
}

const FINE = 96; // pixels of an image that is seen as a photograph

/** Shows pixels as squares unless the image is fine, or shown smaller. */
function isCrisp(found: ImageState, size: number): boolean {
  if (found.kind !== "ready") return true;
  if (isSignal(found.header)) return false;
  const { width } = found.pixels;
  return !(state.value.smooth || width > size || width >= FINE);
}

const FADED = 0.7;

type Size = Pick<ImageBitmap, "width" | "height">;

interface Props {
  run: string;
  tag: string;
  epoch: number;
  filter: string;
  size: number;
  /** Whether it is drawn fainter than others. */
  dimmed?: boolean;
}

/** An image without a label; its surroundings name it. */
export function FilterImage(props: Props) {
  const { run, tag, epoch, filter, size, dimmed = false } = props;
  const shared = useContext(Shared);
  const holder = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [near, setNear] = useState(false);
  const behind = useRef(false); // whether the shared canvas shows it
  useEffect(() => {
    const element = holder.current;
    if (!element) return undefined;
    const stop = whenNear(element, () => setNear(true));
    return () => {
      stop();
      drawNow(element, () => shared?.remove(element));
    };
  }, []);
  const found: ImageState = near
    ? image(run, tag, epoch, filter).value
    : { kind: "loading" };
  const ready = found.kind === "ready" ? found : null;
  const appearance = ready && appearanceOf(run, tag, epoch, ready.header);
  const signal = ready !== null && isSignal(ready.header);
  const crisp = isCrisp(found, size);
  const message =
    found.kind === "missing"
      ? `not logged at ${stepUnit.value.unit} ${epoch}`
      : found.kind === "error"
        ? found.message
        : "";
  if (message) behind.current = false;
  else if (ready && shared) behind.current = true;
  const opacity = (found.kind === "loading" ? FADED : 1) * (dimmed ? FADED : 1);
  useLayoutEffect(() => {
    const element = holder.current;
    const own = canvas.current;
    if (!ready || !appearance || !element) return;
    const { pixels, header } = ready;
    const isShown = ({ width, height }: Size) => {
      element.dataset["shows"] = `${run} ${tag} ${epoch} ${filter}`;
      const pixels = `${width} ${height}`;
      if (element.dataset["pixels"] !== pixels) {
        element.dataset["pixels"] = pixels;
      }
    };
    const show = (image: ImageBitmap) => {
      shared?.show(element, { image, crisp, opacity });
      isShown(image);
    };
    const known = shared && !signal ? keptPicture(pixels, appearance) : null;
    if (known) {
      drawNow(element, () => show(known));
    } else {
      drawSoon(element, () => {
        const curves = (on: HTMLCanvasElement | OffscreenCanvas) =>
          drawSignal(on, pixels, header, appearance, size);
        if (shared && signal) show(bitmapOf(curves));
        else if (shared) show(makePicture(pixels, header, appearance));
        else if (own) {
          if (signal) curves(own);
          else draw(own, toPicture(pixels, header, appearance));
          isShown(own);
        }
      });
    }
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
    shared && crisp,
  ]);
  useLayoutEffect(() => {
    const element = holder.current;
    if (!shared || !element) return;
    if (message) drawNow(element, () => shared.remove(element));
    else shared.fade(element, opacity);
  }, [message, opacity]);
  return (
    <div
      ref={holder}
      class={`picture ${found.kind}${behind.current ? " behind" : ""}`}
      style={{ width: `${size}px`, height: `${size}px` }}
      title={message || undefined}
    >
      {message ? (
        <span class="picture-note">{message}</span>
      ) : shared ? null : (
        <canvas
          ref={canvas}
          class={crisp ? "crisp" : "smooth"}
          aria-hidden="true"
        />
      )}
    </div>
  );
}
