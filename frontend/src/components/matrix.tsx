/** A table with sticky headers that renders only the cells in view. */
import { Fragment, type ComponentChildren } from "preact";
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
  /** How many rows share a line, so that few columns fill it. */
  beside?: number;
}

const GAP = 4;
const AHEAD = 1; // rows and columns beyond the viewport
const HEAD = 32;
const SIDE = 112; // pixels of the header of a row

function span(from: number, length: number, step: number, count: number) {
  const first = Math.max(Math.floor(from / step) - AHEAD, 0);
  const last = Math.min(Math.ceil((from + length) / step) + AHEAD, count);
  return Array.from({ length: Math.max(last - first, 0) }, (_, i) => first + i);
}

export function Matrix(props: Props) {
  const { label, rows, columns, size, cell, corner, beside = 1 } = props;
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
    const line = Math.floor(chosen / beside);
    if (chosen >= 0 && (line + 1) * step > element.clientHeight - HEAD) {
      element.scrollTop = line * step - (element.clientHeight - step) / 2;
    }
    measure();
    element.addEventListener("scroll", measure, { passive: true });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => {
      element.removeEventListener("scroll", measure);
      observer.disconnect();
    };
  }, [step, across, beside]);
  const lines = Math.ceil(rows.length / beside);
  const shownLines = span(box.top, box.height, step, lines);
  // Lines of several rows fit the width.
  const shownColumns = span(
    box.left,
    beside > 1 ? columns.length * across : box.width,
    across,
    columns.length,
  );
  const block = SIDE + columns.length * across; // pixels of a row
  const blocks = Array.from({ length: beside }, (_, i) => i);
  const width = `${beside * block}px`;
  const leftOf = (at: number, column: number) =>
    `${at * block + SIDE + column * across}px`;
  const colindex = (at: number, column: number) =>
    at * (columns.length + 1) + column + 2;
  // The first header stays in view where the table scrolls sideways.
  const startOf = (at: number) =>
    at
      ? { position: "absolute" as const, top: 0, left: `${at * block}px` }
      : {};
  return (
    <div
      class="matrix"
      ref={scroller}
      role="grid"
      aria-label={label}
      aria-rowcount={lines + 1}
      aria-colcount={beside * (columns.length + 1)}
    >
      <div
        class="matrix-space"
        role="presentation"
        style={{
          width,
          height: `${HEAD + lines * step}px`,
        }}
      >
        <div class="matrix-head" role="row" aria-rowindex={1}>
          {blocks.map((at) => (
            <Fragment key={at}>
              <div
                class="matrix-corner"
                role="columnheader"
                aria-colindex={colindex(at, -1)}
                style={startOf(at)}
              >
                {corner}
              </div>
              {shownColumns.map((column) => (
                <div
                  key={columns[column]?.id}
                  role="columnheader"
                  class="matrix-column"
                  aria-colindex={colindex(at, column)}
                  style={{
                    left: leftOf(at, column),
                    width: `${across - GAP}px`,
                  }}
                >
                  {columns[column]?.header}
                </div>
              ))}
            </Fragment>
          ))}
        </div>
        <OneCanvas>
          {shownLines.map((line) => (
            <div
              key={rows[line * beside]?.id}
              role="row"
              aria-rowindex={line + 2}
              class="matrix-line"
              style={{
                top: `${HEAD + line * step}px`,
                height: `${size}px`,
                width,
              }}
            >
              {rows.slice(line * beside, (line + 1) * beside).map((row, at) => (
                <Fragment key={row.id}>
                  <div
                    class="matrix-row"
                    role="rowheader"
                    aria-colindex={colindex(at, -1)}
                    style={startOf(at)}
                  >
                    {/* It would hide a canvas behind it. */}
                    <Shared.Provider value={null}>{row.header}</Shared.Provider>
                  </div>
                  {shownColumns.map((column) => (
                    <div
                      key={columns[column]?.id}
                      role="gridcell"
                      class="matrix-cell"
                      aria-colindex={colindex(at, column)}
                      style={{ left: leftOf(at, column) }}
                    >
                      {cell(line * beside + at, column)}
                    </div>
                  ))}
                </Fragment>
              ))}
            </div>
          ))}
        </OneCanvas>
      </div>
    </div>
  );
}
