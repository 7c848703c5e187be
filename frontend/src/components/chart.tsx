/** A line chart over epochs, with axes and a legend. */
import { ticks } from "../render/signal_plot";
import { format } from "../render/format";
import { SERIES } from "../render/theme";
import { plural } from "../selection/step_unit";

export interface Line {
  name: string;
  epochs: number[];
  values: (number | null)[];
}

interface Props {
  label: string;
  lines: Line[];
  current: number | null;
  range: [number, number];
  /** How a value is written; by default with three digits. */
  write?: (value: number) => string;
  /** Epochs that the axis spans in any case, as that of another chart. */
  spans?: number[];
  width?: number;
  height?: number;
}

const LEFT = 30;
const BOTTOM = 18;

/** Returns a range that has a middle: that of one value has no height. */
function wide([low, high]: [number, number]): [number, number] {
  return low < high ? [low, high] : [low - 0.5, low + 0.5];
}

export function Chart(props: Props) {
  const { label, lines, current, range, spans = [] } = props;
  const { width = 340, height = 110 } = props;
  // Each line keeps its colour while others arrive.
  const drawn = lines
    .map((line, i) => ({ ...line, colour: SERIES[i % SERIES.length] }))
    .filter(({ values }) => values.some((v) => v !== null));
  if (!drawn.length) return null;
  const all = [...drawn.flatMap(({ epochs }) => epochs), ...spans];
  const [first, last] = [Math.min(...all), Math.max(...all)];
  const [low, high] = wide(range);
  const right = width - 8;
  const x = (epoch: number) =>
    LEFT + ((right - LEFT) * (epoch - first)) / Math.max(last - first, 1);
  const y = (value: number) =>
    height -
    BOTTOM -
    ((height - BOTTOM - 8) * (Math.min(Math.max(value, low), high) - low)) /
      (high - low);
  const whole = ticks(first, Math.max(last, first + 1)).filter(
    (tick) => Number.isInteger(tick) && tick <= last,
  );
  return (
    <figure class="chart" data-testid="chart">
      <figcaption>{label}</figcaption>
      <svg width={width} height={height} role="img" aria-label={spoken(props)}>
        {ticks(low, high, height / 45).map((tick) => (
          <g key={tick}>
            <line
              class="grid-line"
              x1={LEFT}
              x2={right}
              y1={y(tick)}
              y2={y(tick)}
            />
            <text x={LEFT - 6} y={y(tick) + 4} text-anchor="end">
              {format(tick)}
            </text>
          </g>
        ))}
        {whole.map((tick) => (
          <text key={tick} x={x(tick)} y={height - 3} text-anchor="middle">
            {tick}
          </text>
        ))}
        {current !== null && current >= first && current <= last && (
          <line
            class="now"
            x1={x(current)}
            x2={x(current)}
            y1={8}
            y2={height - BOTTOM}
          />
        )}
        {drawn.map(({ name, epochs, values, colour }) => (
          <polyline
            key={name}
            style={{ stroke: colour }}
            points={epochs
              .map((epoch, i) => [epoch, values[i] ?? null] as const)
              .filter((p): p is [number, number] => p[1] !== null)
              .map(([epoch, value]) => `${x(epoch)},${y(value)}`)
              .join(" ")}
          />
        ))}
      </svg>
      <ul class="legend">
        {drawn.map(({ name, epochs, values, colour }) => {
          const now = values[epochs.indexOf(current ?? -1)] ?? null;
          return (
            <li key={name}>
              <span class="swatch" style={{ background: colour }} />
              {name} <b>{written(now, props)}</b>
            </li>
          );
        })}
      </ul>
    </figure>
  );
}

function written(value: number | null, { write = format }: Props): string {
  return value === null ? format(null) : write(value);
}

function spoken(props: Props): string {
  const said = props.lines.map(({ name, values }) => {
    const known = values.filter((value) => value !== null);
    const [from, to] = [known[0] ?? null, known.at(-1) ?? null];
    return `${name} from ${written(from, props)} to ${written(to, props)}`;
  });
  return `${props.label} over ${plural()}: ${said.join("; ")}`;
}
