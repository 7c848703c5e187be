/** A table with sticky headers that renders only the cells in view. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { OneCanvas, Shared } from "./one_canvas";

interface Props {
  label: string;
  rows: { id: string; header: ComponentChildren }[];
  columns: { id: string; header: ComponentChildren }[];
  /** Pixels of a cell. */
  size: number;
  /** Pixels of a column, if its cells are not square. */
  width?: number;
  cell: (row: number, column: number) => ComponentChildren;
  corner: string;
  /** The row to scroll to at first; -1 for none. */
  chosen?: number;
}

const GAP = 4;
const AHEAD = 1; // rows and columns beyond the viewport
const HEAD = 32;
const SIDE = 112;

function span(from: number, length: number, step: number, count: number) {
  const first = Math.max(Math.floor(from / step) - AHEAD, 0);
  const last = Math.min(Math.ceil((from + length) / step) + AHEAD, count);
  return Array.from({ length: Math.max(last - first, 0) }, (_, i) => first + i);
}

export function Matrix(props: Props) {
  const { label, rows, columns, size, cell, corner } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const step = size + GAP;
  const across = (props.width ?? size) + GAP; // from column to column
  const [box, setBox] = useState({ top: 0, left: 0, width: 1200, height: 800 });
  useEffect(() => {
    const element = scroller.current;
    if (!element) return undefined;
    // Rounded to rows and columns: smaller steps change nothing.
    const measure = () => {
      const { scrollTop, scrollLeft, clientWidth, clientHeight } = element;
      const top = Math.floor(scrollTop / step) * step;
      const left = Math.floor(scrollLeft / across) * across;
      const [width, height] = [clientWidth + across, clientHeight + step];
      setBox((now) =>
        now.top === top &&
        now.left === left &&
        now.width === width &&
        now.height === height
          ? now
          : { top, left, width, height },
      );
    };
    const chosen = props.chosen ?? -1;
    if (chosen >= 0 && (chosen + 1) * step > element.clientHeight - HEAD) {
      element.scrollTop = chosen * step - (element.clientHeight - step) / 2;
    }
    measure();
    element.addEventListener("scroll", measure, { passive: true });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => {
      element.removeEventListener("scroll", measure);
      observer.disconnect();
    };
  }, [step, across]);
  const shownRows = span(box.top, box.height, step, rows.length);
  const shownColumns = span(box.left, box.width, across, columns.length);
  const width = `${SIDE + columns.length * across}px`;
  return (
    <div
      class="matrix"
      ref={scroller}
      role="grid"
      aria-label={label}
      aria-rowcount={rows.length + 1}
      aria-colcount={columns.length + 1}
    >
      <div
        class="matrix-space"
        role="presentation"
        style={{
          width,
          height: `${HEAD + rows.length * step}px`,
        }}
      >
        <div class="matrix-head" role="row" aria-rowindex={1}>
          <div class="matrix-corner" role="columnheader">
            {corner}
          </div>
          {shownColumns.map((column) => (
            <div
              key={columns[column]?.id}
              role="columnheader"
              class="matrix-column"
              aria-colindex={column + 2}
              style={{
                left: `${SIDE + column * across}px`,
                width: `${across - GAP}px`,
              }}
            >
              {columns[column]?.header}
            </div>
          ))}
        </div>
        <OneCanvas>
          {shownRows.map((row) => (
            <div
              key={rows[row]?.id}
              role="row"
              aria-rowindex={row + 2}
              class="matrix-line"
              style={{
                top: `${HEAD + row * step}px`,
                height: `${size}px`,
                width,
              }}
            >
              <div class="matrix-row" role="rowheader">
                {/* It would hide a canvas behind it. */}
                <Shared.Provider value={null}>
                  {rows[row]?.header}
                </Shared.Provider>
              </div>
              {shownColumns.map((column) => (
                <div
                  key={columns[column]?.id}
                  role="gridcell"
                  class="matrix-cell"
                  aria-colindex={column + 2}
                  style={{ left: `${SIDE + column * across}px` }}
                >
                  {cell(row, column)}
                </div>
              ))}
            </div>
          ))}
        </OneCanvas>
      </div>
    </div>
  );
}
