/** The measures of a filter among those of its layer. */
import type { Series } from "../../api/types";
import { MEASURES, valueAt } from "../../data/measures";
import { format } from "../../render/format";

interface Props {
  series: Series;
  filter: string;
  at: number;
  /** Whether all filters of the layer are logged. */
  whole: boolean;
}

const WIDTH = 220;
const SHOWN = [
  "score",
  "data_max",
  "lift",
  "lift_t",
  "share",
  "drift",
  "steadiness",
  "entropy",
];

/** "higher than 83 % of the layer", or of the filters that are logged. */
export function standing(own: number, all: number[], whole = true): string {
  const layer = whole ? "the layer" : "those logged";
  const below = all.filter((one) => one < own).length;
  const others = all.length - 1;
  if (others < 1) return "";
  if (below === others) return `the highest of ${layer}`;
  if (below === 0) return `the lowest of ${layer}`;
  return `higher than ${Math.round((100 * below) / others)} % of ${layer}`;
}

/** One line for each measure: all filters as ticks, this one as a dot. */
export function Bars({ series, filter, at, whole }: Props) {
  const column = series.epochs.indexOf(at);
  return (
    <dl class="bars" data-testid="bars">
      {SHOWN.map((name) => {
        const own = valueAt(series, name, filter, at);
        if (own === null) return null;
        const all = (series.values[name] ?? [])
          .map((row) => row[column] ?? null)
          .filter((value) => value !== null);
        const [low, high] = [Math.min(...all), Math.max(...all)];
        const x = (value: number) =>
          4 + ((WIDTH - 8) * (value - low)) / (high - low || 1);
        const about = MEASURES[name];
        const stands = standing(own, all, whole);
        return (
          <div key={name}>
            <dt>
              <details class="info">
                <summary>{about?.label ?? name}</summary>
                <p class="meta">{about?.about}</p>
              </details>
            </dt>
            <dd>
              <b>{format(own)}</b>
              <svg
                width={WIDTH}
                height={16}
                viewBox={`0 0 ${WIDTH} 16`}
                role="img"
                aria-label={`${about?.label ?? name} ${format(own)}, ${stands}`}
              >
                <line class="grid-line" x1={4} x2={WIDTH - 4} y1={8} y2={8} />
                {all.map((value, i) => (
                  <line
                    key={i}
                    class="tick"
                    x1={x(value)}
                    x2={x(value)}
                    y1={4}
                    y2={12}
                  />
                ))}
                <circle cx={x(own)} cy={8} r={5} />
              </svg>
              <span class="meta">{stands}</span>
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
