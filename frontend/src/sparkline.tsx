/** A small curve of a measure over epochs. */

interface Props {
  label: string;
  epochs: number[];
  values: (number | null)[];
  current: number | null;
}

const WIDTH = 216;
const HEIGHT = 36;

export function Sparkline({ label, epochs, values, current }: Props) {
  const points = epochs
    .map((epoch, i) => ({ epoch, value: values[i] ?? null }))
    .filter((p): p is { epoch: number; value: number } => p.value !== null);
  if (!points.length) return null;
  const numbers = points.map((p) => p.value);
  const low = Math.min(...numbers);
  const high = Math.max(...numbers);
  const first = points[0]?.epoch ?? 0;
  const last = points.at(-1)?.epoch ?? 0;
  const x = (epoch: number) =>
    3 + ((WIDTH - 6) * (epoch - first)) / Math.max(last - first, 1);
  const y = (value: number) =>
    HEIGHT - 3 - ((HEIGHT - 6) * (value - low)) / (high - low || 1);
  const now = points.find((p) => p.epoch === current);
  const text = now ? Number(now.value.toPrecision(3)) : "–";
  return (
    <figure class="sparkline">
      <figcaption>
        {label} <b>{text}</b>
      </figcaption>
      <svg
        width={WIDTH}
        height={HEIGHT}
        role="img"
        aria-label={`${label} over epochs, from ${numbers[0]?.toPrecision(3)} to ${numbers.at(-1)?.toPrecision(3)}`}
      >
        <polyline
          points={points.map((p) => `${x(p.epoch)},${y(p.value)}`).join(" ")}
        />
        {now && <circle cx={x(now.epoch)} cy={y(now.value)} r={3} />}
      </svg>
    </figure>
  );
}
