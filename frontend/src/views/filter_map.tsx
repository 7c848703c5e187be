/** The filters of a layer on a plane, those that respond alike close by. */
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Relations, Series } from "../api/types";
import { Tile } from "../components/tile";
import { statusAt, valueAt } from "../data/measures";
import { isDead, shownRelations } from "../selection/shown_relations";
import { shownKeys } from "../selection/order";
import { availableSpace } from "../selection/available_space";
import { state } from "../state/state";
import { placed } from "./map_places";

interface Props {
  run: string;
  tag: string;
  at: number;
  series: Series;
}

const ABOVE = 50; // pixels of the summary, until they are measured
const FRAME = 4; // both borders of a tile
const SIDE = 24;

const LARGEST = 240; // pixels of an image

/** The size at which the images cover about a third of the plane. */
export function sizeFor(count: number, width: number, height: number): number {
  const fitting = Math.sqrt((width * height) / Math.max(count, 1) / 3);
  return Math.round(Math.min(Math.max(fitting, 22), LARGEST));
}

/** The places of the last epoch stay until those of the next are known. */
function useKept(found: Relations | null, layer: string): Relations | null {
  const kept = useRef<{ layer: string; found: Relations } | null>(null);
  if (found) kept.current = { layer, found };
  return kept.current?.layer === layer ? kept.current.found : null;
}

export function FilterMap(props: Props) {
  const { run, tag } = props;
  const found = useKept(shownRelations.value, `${run}\0${tag}`);
  if (!found) return <p class="note">Comparing the responses …</p>;
  if (found.reason !== null) return <p class="note">{found.reason}</p>;
  const dead = found.keys.filter(isDead).length;
  const without = `; without ${dead} dead ${dead > 1 ? "filters" : "filter"}`;
  return (
    <>
      <p class="note">
        {dead > 0 && dead === found.keys.length
          ? "All filters are dead: none responds to anything."
          : `The closer two filters, the more alike their responses to the probe${dead ? without : ""}.`}
      </p>
      <Plane {...props} found={found} />
    </>
  );
}

/** The images, moved apart where they would cover each other. */
function Plane({ run, tag, at, series, found }: Props & { found: Relations }) {
  const plane = useRef<HTMLDivElement>(null);
  const [above, setAbove] = useState(ABOVE);
  // The texts above take more lines on a narrow page, and change.
  useLayoutEffect(() => setAbove(plane.current?.offsetTop || ABOVE));
  const width = availableSpace.value.width - 2 * SIDE;
  const height = Math.max(availableSpace.value.height - above - SIDE, 200);
  const size = state.value.size ?? sizeFor(found.keys.length, width, height);
  const shown = new Set(shownKeys.value.filter((key) => !isDead(key)));
  const places = useMemo(() => {
    const most = { x: width - size - FRAME, y: height - size - FRAME };
    return placed(found.x, found.y, size + FRAME, most);
  }, [found, size, width, height]);
  return (
    <div
      class="map"
      ref={plane}
      role="group"
      aria-label={`Map of the filters of ${tag}: those that respond alike are close`}
      style={{ height: `${height}px`, margin: `8px ${SIDE}px` }}
    >
      {found.keys.map((key, i) => {
        if (!shown.has(key)) return null;
        const { x, y } = places[i] ?? { x: 0, y: 0 };
        return (
          <div
            key={key}
            class="map-place"
            style={{ transform: `translate(${x}px, ${y}px)` }}
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
  );
}
