/** A frame whose content is zoomed and panned with that of all others. */
import { useEffect, useRef } from "preact/hooks";
import {
  lens,
  lensSize,
  panned,
  resetLens,
  zoomed,
} from "../../selection/lens";

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

/** Buttons to zoom; the keys + - 0 do the same. */
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
