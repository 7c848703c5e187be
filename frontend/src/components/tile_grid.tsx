/** Rows of tiles; only those near the viewport are rendered. */
import type { ReadonlySignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { OneCanvas } from "./one_canvas";

interface Props {
  keys: string[];
  label: string | ReadonlySignal<string>;
  /** Pixels of a tile's image. */
  size: number;
  /** The tile that is in view at first, and that Tab stops at. */
  chosen: string | null;
  tile: (key: string, tabbable: boolean) => ComponentChildren;
}

interface Rows {
  first: number;
  /** Exclusive. */
  last: number;
  columns: number;
  height: number;
}

const GAP = 8;
const ABOVE = 12; // padding, as in tiles.css
const SIDE = 16;
const BELOW = 16;
const FRAME = 4; // both borders of a tile
const AHEAD = 2; // rows beyond the viewport

/** Returns the first row near the viewport, and the one after the last. */
export function rowsNear(
  top: number,
  height: number,
  row: number,
  count: number,
): [first: number, last: number] {
  const last = Math.min(Math.ceil((top + height) / row) + AHEAD, count);
  const first = Math.max(Math.floor(top / row) - AHEAD, 0);
  return [Math.min(first, Math.max(last - 1, 0)), Math.max(last, 0)];
}

/** Returns enough rows to fill the window, before anything is measured. */
function guess(size: number): Rows {
  const height = size + FRAME + GAP;
  return {
    first: 0,
    last: Math.ceil(window.innerHeight / height) + AHEAD,
    columns: Math.max(Math.ceil(window.innerWidth / height), 1),
    height,
  };
}

function measure(
  box: HTMLElement,
  scroller: Element,
  count: number,
): Rows | null {
  const tile = box.querySelector<HTMLElement>(".tile");
  if (!tile?.offsetHeight) return null; // the tab is hidden
  const width = box.clientWidth - 2 * SIDE + GAP;
  const columns = Math.max(Math.floor(width / (tile.offsetWidth + GAP)), 1);
  const height = tile.offsetHeight + GAP;
  const window = scroller.getBoundingClientRect();
  const top = window.top - box.getBoundingClientRect().top - ABOVE;
  const rows = Math.ceil(count / columns);
  const [first, last] = rowsNear(top, window.height, height, rows);
  return { first, last, columns, height };
}

export function TileGrid({ keys, label, size, chosen, tile }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [rows, setRows] = useState<Rows>(() => guess(size));
  useLayoutEffect(() => {
    const element = box.current;
    const scroller = element?.closest("main");
    if (!element || !scroller) return undefined;
    const update = () => {
      const found = measure(element, scroller, keys.length);
      if (!found) return;
      setRows((now) =>
        JSON.stringify(now) === JSON.stringify(found) ? now : found,
      );
    };
    update();
    scroller.addEventListener("scroll", update, { passive: true });
    const observer = new ResizeObserver(update);
    observer.observe(scroller);
    return () => {
      scroller.removeEventListener("scroll", update);
      observer.disconnect();
    };
  }, [keys.length, size]);
  // Once, when the rows are known: later, people scroll.
  const arrived = useRef(false);
  useLayoutEffect(() => {
    const element = box.current;
    const scroller = element?.closest("main");
    if (arrived.current || !element || !scroller) return;
    const found = measure(element, scroller, keys.length);
    if (found?.columns !== rows.columns || found.height !== rows.height) return;
    arrived.current = true;
    const place = chosen === null ? -1 : keys.indexOf(chosen);
    if (place < 0) return;
    const above =
      element.getBoundingClientRect().top -
      scroller.getBoundingClientRect().top;
    const top =
      above + ABOVE + Math.floor(place / found.columns) * found.height;
    const spare = scroller.clientHeight - found.height;
    if (top < 0 || top > spare) scroller.scrollTop += top - spare / 2;
  }, [rows]);
  const { columns, height } = rows;
  const all = Math.ceil(keys.length / columns);
  // A search may have left fewer rows.
  const last = Math.min(rows.last, all);
  const first = Math.min(rows.first, Math.max(last - 1, 0));
  const shown = keys.slice(first * columns, last * columns);
  const stop =
    chosen !== null && shown.includes(chosen) ? chosen : (shown[0] ?? null);
  return (
    <div
      class="tiles"
      ref={box}
      role="group"
      aria-label={label}
      style={{
        paddingTop: `${ABOVE + first * height}px`,
        paddingBottom: `${BELOW + (all - last) * height}px`,
      }}
    >
      <OneCanvas>{shown.map((key) => tile(key, key === stop))}</OneCanvas>
    </div>
  );
}
