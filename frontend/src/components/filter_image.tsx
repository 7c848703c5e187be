/** One image of a filter, drawn on a canvas. */
import { computed, effect, signal, type ReadonlySignal } from "@preact/signals";
import {
  useContext,
  useEffect,
  useLayoutEffect,
  useMemo,
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
import { part } from "../state/state";
import { dark, inks } from "../render/theme";
import { now, type LiveEpoch } from "./live_epoch";
import { Shared } from "./one_canvas";
import { whenIdle } from "../state/when_idle";
import { whenNear } from "./when_near";
import { shownUnit } from "../selection/step_unit";

const [norm, channel] = [part("norm"), part("channel")];
const [slice, smooth] = [part("slice"), part("smooth")];

/** Returns how the state displays an image of a layer. */
export function appearanceOf(
  run: string,
  tag: string,
  epoch: number,
  header: EventHeader,
): Appearance {
  const many = hasManyChannels(header) && !isSignal(header);
  return {
    norm: norm.value,
    channel: channel.value,
    slice: slice.value,
    shared: norm.value === "layer" ? layerBounds(run, tag, epoch) : null,
    basis: many && channel.value === "" ? layerBasis(run, tag) : null,
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
  return !(smooth.value || width > size || width >= FINE);
}

const FADED = 0.7; // opacity of an image that another one will replace
const LOADING = signal<ImageState>({ kind: "loading" });

type Size = Pick<ImageBitmap, "width" | "height">;

interface Props {
  run: string;
  tag: string;
  epoch: LiveEpoch;
  filter: string;
  size: number;
  /** A slice of a volume, instead of the one that the state shows. */
  slice?: number;
  /** Gets the text shown in its place, which its name has to hold. */
  onMessage?: (message: string) => void;
}

/** An image without a label; its surroundings name it. */
export function FilterImage(props: Props) {
  const { run, tag, epoch, filter, size, slice: own } = props;
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
  const found = useMemo((): ReadonlySignal<ImageState> => {
    if (!near) return LOADING;
    if (typeof epoch === "number") return image(run, tag, epoch, filter);
    return computed(() => image(run, tag, epoch.value, filter).value);
  }, [near, run, tag, epoch, filter]);
  // An image that follows an epoch renders again only if its kind changes.
  const kinds = useMemo(() => computed(() => found.value.kind), [found]);
  const kind = kinds.value;
  const message =
    kind === "missing"
      ? `not logged at ${shownUnit.value} ${now(epoch)}`
      : kind === "error" && found.value.kind === "error"
        ? found.value.message
        : "";
  if (message) behind.current = false;
  else if (kind === "ready" && shared) behind.current = true;
  const drawOn = (element: HTMLElement) => {
    const state = found.value;
    if (state.kind === "loading") {
      shared?.fade(element, FADED);
      return;
    }
    if (state.kind !== "ready") {
      drawNow(element, () => shared?.remove(element));
      return;
    }
    const { pixels, header } = state;
    const at = now(epoch);
    const shown = appearanceOf(run, tag, at, header);
    const appearance = own === undefined ? shown : { ...shown, slice: own };
    const crisp = isCrisp(state, size);
    const isShown = ({ width, height }: Size) => {
      const say = () => {
        element.dataset["shows"] = `${run} ${tag} ${at} ${filter}`;
        element.dataset["pixels"] = `${width} ${height}`;
      };
      if (element.hasAttribute("data-shows")) whenIdle(element, say);
      else say();
    };
    const show = (image: ImageBitmap) => {
      shared?.show(element, { image, crisp, opacity: 1 });
      isShown(image);
    };
    const curved = isSignal(header);
    if (curved) void dark.value; // its curves are drawn in other inks
    const known = shared && !curved ? keptPicture(pixels, appearance) : null;
    if (known) {
      drawNow(element, () => show(known));
      return;
    }
    drawSoon(element, () => {
      const alone = canvas.current;
      const curves = (on: HTMLCanvasElement | OffscreenCanvas) =>
        drawSignal(on, pixels, header, appearance, size);
      if (shared && curved) show(bitmapOf(curves));
      else if (shared) show(makePicture(pixels, header, appearance));
      else if (alone) {
        if (curved) curves(alone);
        else draw(alone, toPicture(pixels, header, appearance));
        isShown(alone);
      }
    });
  };
  useLayoutEffect(() => props.onMessage?.(message), [message]);
  useLayoutEffect(() => {
    const element = holder.current;
    return near && element ? effect(() => drawOn(element)) : undefined;
  }, [found, shared, size, own, message]);
  useLayoutEffect(() => shared?.redraw()); // its tile may have moved others
  return (
    <div
      ref={holder}
      class={`picture ${kind}${behind.current ? " behind" : ""}`}
      style={{ width: `${size}px`, height: `${size}px` }}
      title={message || undefined}
    >
      {message ? (
        <span class="picture-note">{message}</span>
      ) : shared ? null : (
        <canvas
          ref={canvas}
          class={isCrisp(found.value, size) ? "crisp" : "smooth"}
          aria-hidden="true"
        />
      )}
    </div>
  );
}
