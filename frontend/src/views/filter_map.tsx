/** The filters of a layer on a plane, those that respond alike close by. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Relations, Series } from "../api/types";
import { Tile } from "../components/tile";
import { statusAt, valueAt } from "../data/measures";
import { isDead, shownRelations } from "../selection/shown_relations";
import { shownKeys } from "../selection/order";
import { availableSpace } from "../selection/available_space";
import { state } from "../state/state";

interface Props {
  run: string;
  tag: string;
  at: number;
  series: Series;
}

const ABOVE = 50; // pixels of the summary, until they are measured
const FRAME = 4; // both borders of a tile
const SIDE = 24;

/** The size at which the images cover about a third of the plane. */
function sizeFor(count: number, width: number, height: number): number {
  const fitting = Math.sqrt((width * height) / Math.max(count, 1) / 3);
  return Math.round(Math.min(Math.max(fitting, 22), 96));
}

/** The places of the last epoch stay until those of the next are known. */
function useKept(found: Relations | null, layer: string): Relations | null {
  const kept = useRef<{ layer: string; found: Relations } | null>(null);
  if (found) kept.current = { layer, found };
  return kept.current?.layer === layer ? kept.current.found : null;
}

/** Spreads places over a length, the outermost at its ends. */
export function ranged(places: number[], length: number): number[] {
  const [low, high] = [Math.min(...places), Math.max(...places)];
  if (low === high) return places.map(() => Math.round(length / 2));
  return places.map((one) => Math.round((length * (one - low)) / (high - low)));
}

export function FilterMap({ run, tag, at, series }: Props) {
  const found = useKept(shownRelations.value, `${run}\0${tag}`);
  const plane = useRef<HTMLDivElement>(null);
  const [above, setAbove] = useState(ABOVE);
  // The texts above take more lines on a narrow page, and change.
  useLayoutEffect(() => setAbove(plane.current?.offsetTop || ABOVE));
  if (!found) return <p class="note">Comparing the responses …</p>;
  if (found.reason !== null) return <p class="note">{found.reason}</p>;
  const width = availableSpace.value.width - 2 * SIDE;
  const height = Math.max(availableSpace.value.height - above - SIDE, 200);
  const size = state.value.size ?? sizeFor(found.keys.length, width, height);
  const x = ranged(found.x, width - size - FRAME);
  const y = ranged(found.y, height - size - FRAME);
  const dead = found.keys.filter(isDead).length;
  const shown = new Set(shownKeys.value.filter((key) => !isDead(key)));
  return (
    <>
      {dead > 0 && (
        <p class="note">
          {dead === found.keys.length
            ? "All filters are dead: none responds to anything."
            : `Without ${dead} dead ${dead > 1 ? "filters" : "filter"}.`}
        </p>
      )}
      <div
        class="map"
        ref={plane}
        role="group"
        aria-label={`Map of the filters of ${tag}: those that respond alike are close`}
        style={{ height: `${height}px`, margin: `8px ${SIDE}px` }}
      >
        {found.keys.map((key, i) => {
          if (!shown.has(key)) return null;
          return (
            <div
              key={key}
              class="map-place"
              style={{ transform: `translate(${x[i] ?? 0}px, ${y[i] ?? 0}px)` }}
            >
              <Tile
                run={run}
                tag={tag}
                epoch={at}
                filter={key}
                size={size}
                status={statusAt(series, key, at)}
                score={valueAt(series, "score", key, at)}
                tabbable={i === 0}
              />
            </div>
          );
        })}
      </div>
    </>
  );
}
