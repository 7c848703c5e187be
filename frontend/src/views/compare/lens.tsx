/** Zoom and pan, in lockstep for all pictures of a comparison. */
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

export interface Lensing {
  zoom: number;
  x: number;
  y: number;
}

export const lens = signal<Lensing>({ zoom: 1, x: 0, y: 0 });

/** Pixels that each picture is wide and high. */
export const lensSize = signal(360);

const MOST = 16;

export function resetLens(): void {
  lens.value = { zoom: 1, x: 0, y: 0 };
}

/**
 * Zooms by a factor; what lies at a point stays there.
 *
 * @param px The point, in pixels from the middle of the picture.
 */
export function zoomed(
  { zoom, x, y }: Lensing,
  factor: number,
  px = 0,
  py = 0,
): Lensing {
  const next = Math.min(Math.max(zoom * factor, 1), MOST);
  if (next === 1) return { zoom: 1, x: 0, y: 0 };
  const by = next / zoom;
  return { zoom: next, x: px - (px - x) * by, y: py - (py - y) * by };
}

/** Moves the picture, never out of its frame. */
export function panned(
  { zoom, x, y }: Lensing,
  dx: number,
  dy: number,
): Lensing {
  const most = ((zoom - 1) * lensSize.value) / 2;
  const within = (value: number) => Math.min(Math.max(value, -most), most);
  return { zoom, x: within(x + dx), y: within(y + dy) };
}

interface Props {
  size: number;
  label: string;
  children: preact.ComponentChildren;
}

export function Lens({ size, label, children }: Props) {
  const { zoom, x, y } = lens.value;
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    lensSize.value = size;
  }, [size]);
  useEffect(() => {
    const element = box.current;
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const { left, top, width, height } = (
        event.currentTarget as HTMLElement
      ).getBoundingClientRect();
      const px = event.clientX - left - width / 2;
      const py = event.clientY - top - height / 2;
      lens.value = zoomed(lens.value, Math.exp(-event.deltaY / 300), px, py);
    };
    element?.addEventListener("wheel", onWheel, { passive: false });
    return () => element?.removeEventListener("wheel", onWheel);
  }, []);
  return (
    <div
      class="lens"
      ref={box}
      role="group"
      aria-label={label}
      onPointerDown={(event) =>
        event.currentTarget.setPointerCapture(event.pointerId)
      }
      onPointerMove={(event) => {
        if (!(event.buttons & 1)) return;
        const { movementX, movementY } = event;
        lens.value = panned(lens.value, movementX, movementY);
      }}
      style={{ width: `${size}px`, height: `${size}px` }}
    >
      <div style={{ transform: `translate(${x}px, ${y}px) scale(${zoom})` }}>
        {children}
      </div>
    </div>
  );
}

/** The same by buttons, and by the keys + - 0. */
export function LensButtons() {
  return (
    <div class="segmented" role="group" aria-label="Zoom of both">
      <button
        type="button"
        aria-label="Zoom out"
        title="Zoom out (-)"
        onClick={() => (lens.value = zoomed(lens.value, 1 / 1.5))}
      >
        −
      </button>
      <button
        type="button"
        aria-label={`Zoom ${lens.value.zoom.toFixed(1)}, reset`}
        title="Reset zoom (0)"
        onClick={resetLens}
      >
        {lens.value.zoom.toFixed(1)} ×
      </button>
      <button
        type="button"
        aria-label="Zoom in"
        title="Zoom in (+)"
        onClick={() => (lens.value = zoomed(lens.value, 1.5))}
      >
        +
      </button>
    </div>
  );
}
