/** Two images: side by side, swiped, blinking, or their difference. */
import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { image, type ImageState } from "../images";
import { runs } from "../logs";
import type { Pixels } from "../pixels";
import {
  COMPARISONS,
  state,
  update,
  type Comparison,
  type Place,
} from "../state";
import { draw, Picture } from "../tile";

/** Zoom and pan, the same for both. */
const lens = signal({ zoom: 1, x: 0, y: 0 });

const SIZE = 360;
const BLINK = 600; // milliseconds

function title({ run, tag, epoch, key }: Place): string {
  const label = runs.value.find((r) => r.run === run)?.label ?? run;
  return `${label} · ${tag} · filter ${key} · epoch ${epoch}`;
}

function onWheel(event: WheelEvent): void {
  event.preventDefault();
  const { zoom, x, y } = lens.value;
  const next = Math.min(Math.max(zoom * Math.exp(-event.deltaY / 300), 1), 16);
  lens.value = next === 1 ? { zoom: 1, x: 0, y: 0 } : { zoom: next, x, y };
}

function onDrag(event: PointerEvent): void {
  if (!(event.buttons & 1)) return;
  const { zoom, x, y } = lens.value;
  lens.value = { zoom, x: x + event.movementX, y: y + event.movementY };
}

function Lens({ children }: { children: preact.ComponentChildren }) {
  const { zoom, x, y } = lens.value;
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = box.current;
    element?.addEventListener("wheel", onWheel, { passive: false });
    return () => element?.removeEventListener("wheel", onWheel);
  }, []);
  return (
    <div
      class="lens"
      ref={box}
      onPointerMove={onDrag}
      style={{ width: `${SIZE}px`, height: `${SIZE}px` }}
    >
      <div style={{ transform: `translate(${x}px, ${y}px) scale(${zoom})` }}>
        {children}
      </div>
    </div>
  );
}

function Shown({ place }: { place: Place }) {
  const { run, tag, epoch, key } = place;
  return <Picture {...{ run, tag, epoch, size: SIZE }} filter={key} />;
}

function ready(state: ImageState): Pixels | null {
  return state.kind === "ready" ? state.pixels : null;
}

/** Brighter in A is above the middle grey, brighter in B below. */
export function difference(
  a: Pixels,
  b: Pixels,
): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray(a.width * a.height * 4);
  for (let i = 0; i < a.width * a.height; i++) {
    for (let c = 0; c < 3; c++) {
      const at = i * a.channels + (a.channels === 3 ? c : 0);
      rgba[i * 4 + c] = 127.5 + ((a.data[at] ?? 0) - (b.data[at] ?? 0)) / 2;
    }
    rgba[i * 4 + 3] = 255;
  }
  return rgba;
}

function Difference({ a, b }: { a: Place; b: Place }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const first = ready(image(a.run, a.tag, a.epoch, a.key).value);
  const second = ready(image(b.run, b.tag, b.epoch, b.key).value);
  const fit =
    first &&
    second &&
    first.data.length === second.data.length &&
    first.width === second.width;
  useEffect(() => {
    if (fit && canvas.current)
      draw(canvas.current, first, difference(first, second));
  }, [first, second, fit]);
  if (first && second && !fit) {
    return <p class="note">The two images differ in size: no difference.</p>;
  }
  return (
    <canvas
      ref={canvas}
      class="crisp"
      style={{ width: "100%", height: "100%" }}
      aria-label="Difference of A and B, grey where they agree"
      role="img"
    />
  );
}

function Swipe({ a, b }: { a: Place; b: Place }) {
  const [at, setAt] = useState(50);
  return (
    <div>
      <Lens>
        <div class="stack">
          <Shown place={a} />
        </div>
        <div class="stack" style={{ clipPath: `inset(0 0 0 ${at}%)` }}>
          <Shown place={b} />
        </div>
      </Lens>
      <input
        type="range"
        min={0}
        max={100}
        value={at}
        aria-label="How much of A is shown"
        style={{ width: `${SIZE}px` }}
        onInput={(event) => setAt(Number(event.currentTarget.value))}
      />
    </div>
  );
}

function Blink({ a, b }: { a: Place; b: Place }) {
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const [second, setSecond] = useState(false);
  useEffect(() => {
    if (still) return undefined;
    const timer = setInterval(() => setSecond((now) => !now), BLINK);
    return () => clearInterval(timer);
  }, [still]);
  return (
    <div>
      <Lens>
        <div class="stack">
          <Shown place={a} />
        </div>
        <div
          class="stack"
          style={{ visibility: second ? "visible" : "hidden" }}
        >
          <Shown place={b} />
        </div>
      </Lens>
      <button type="button" onClick={() => setSecond((now) => !now)}>
        Showing {second ? "B" : "A"}
      </button>
    </div>
  );
}

export function Compare() {
  const { a, b, compare } = state.value;
  if (!a || !b) {
    return (
      <p class="note" data-testid="message">
        Choose two images: focus one in another view and press <kbd>a</kbd>,
        then another and press <kbd>b</kbd> (or use the buttons of the
        inspector).
        {a || b
          ? ` Slot ${a ? "A" : "B"} is filled: ${title((a ?? b) as Place)}.`
          : ""}
      </p>
    );
  }
  return (
    <div class="compare">
      <div class="segmented" role="group" aria-label="How to compare">
        {(Object.keys(COMPARISONS) as Comparison[]).map((name) => (
          <button
            key={name}
            type="button"
            aria-pressed={compare === name}
            onClick={() => update({ compare: name })}
          >
            {COMPARISONS[name]}
          </button>
        ))}
        <button type="button" onClick={() => update({ a: b, b: a })}>
          Swap
        </button>
        <button
          type="button"
          onClick={() => (lens.value = { zoom: 1, x: 0, y: 0 })}
        >
          Reset zoom
        </button>
      </div>
      <dl class="slots">
        <dt>A</dt>
        <dd>{title(a)}</dd>
        <dt>B</dt>
        <dd>{title(b)}</dd>
      </dl>
      {compare === "side" && (
        <div class="pair">
          <Lens>
            <Shown place={a} />
          </Lens>
          <Lens>
            <Shown place={b} />
          </Lens>
        </div>
      )}
      {compare === "swipe" && <Swipe a={a} b={b} />}
      {compare === "blink" && <Blink a={a} b={b} />}
      {compare === "difference" && (
        <Lens>
          <Difference a={a} b={b} />
        </Lens>
      )}
      <p class="meta">Wheel zooms both, dragging moves both.</p>
    </div>
  );
}
