/** A small line chart of one measure over epochs. */
import { format } from "../render/format";
import { plural } from "../selection/step_unit";

interface Props {
  label: string;
  about?: string;
  epochs: number[];
  values: (number | null)[];
  current: number | null;
  /** Formats the value at the current epoch. */
  text?: (value: number) => string;
  /** Ends of the vertical axis; by default those of the values. */
  range?: [number, number];
  width?: number;
}

const HEIGHT = 32;

export function Sparkline(props: Props) {
  const { label, epochs, values, current, width = 104 } = props;
  const points = epochs
    .map((epoch, i) => ({ epoch, value: values[i] ?? null }))
    .filter((p): p is { epoch: number; value: number } => p.value !== null);
  if (!points.length) return null;
  const numbers = points.map((p) => p.value);
  const low = props.range?.[0] ?? Math.min(...numbers);
  const high = props.range?.[1] ?? Math.max(...numbers);
  const first = epochs[0] ?? 0;
  const last = epochs.at(-1) ?? 0;
  const x = (epoch: number) =>
    4 + ((width - 8) * (epoch - first)) / Math.max(last - first, 1);
  const y = (value: number) =>
    high > low
      ? HEIGHT - 4 - ((HEIGHT - 8) * (value - low)) / (high - low)
      : HEIGHT / 2;
  const now = points.find((p) => p.epoch === current);
  const text = props.text ?? format;
  return (
    <figure class="sparkline">
      <figcaption>
        {props.about ? (
          <details class="info">
            <summary>{label}</summary>
            <p class="meta">{props.about}</p>
          </details>
        ) : (
          label
        )}{" "}
        <b>{now ? text(now.value) : "–"}</b>
      </figcaption>
      <svg
        width={width}
        height={HEIGHT}
        role="img"
        aria-label={`${label} over ${plural()}, from ${text(numbers[0] ?? 0)} to ${text(numbers.at(-1) ?? 0)}`}
      >
        <polyline
          points={points.map((p) => `${x(p.epoch)},${y(p.value)}`).join(" ")}
        />
        {now && <circle cx={x(now.epoch)} cy={y(now.value)} r={3} />}
      </svg>
    </figure>
  );
}
