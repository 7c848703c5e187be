/** Principal components of the channels of images. */
import type { Pixels } from "./pixels";

/** Directions in channel space, with the mean and the spread along them. */
export interface Basis {
  mean: number[];
  /** Up to three unit vectors, in order of decreasing variance. */
  axes: number[][];
  /** Standard deviation along the first axis: one scale for all. */
  spread: number;
}

const MOST_SAMPLES = 20_000; // pixels that a basis is taken from
const ROUNDS = 60; // of the power iteration

type Matrix = number[][];

/** Returns the principal components of all pixels of some images. */
export function basisOf(images: Pixels[]): Basis | null {
  const channels = images[0]?.channels ?? 0;
  const total = images.reduce((sum, { data }) => sum + data.length, 0);
  if (!channels || !total) return null;
  const every = Math.max(1, Math.floor(total / channels / MOST_SAMPLES));
  const samples: number[][] = [];
  for (const { data } of images) {
    for (let i = 0; i + channels <= data.length; i += channels * every) {
      samples.push([...data.subarray(i, i + channels)]);
    }
  }
  const mean = means(samples, channels);
  let rest = covariance(samples, mean);
  const axes: number[][] = [];
  let spread = 1;
  for (let n = 0; n < Math.min(3, channels); n++) {
    const { axis, variance } = strongest(rest);
    if (n === 0) spread = Math.max(Math.sqrt(variance), 1);
    axes.push(axis);
    rest = without(rest, axis, variance);
  }
  return { mean, axes, spread };
}

function means(samples: number[][], channels: number): number[] {
  return Array.from(
    { length: channels },
    (_, c) =>
      samples.reduce((sum, sample) => sum + (sample[c] ?? 0), 0) /
      samples.length,
  );
}

function covariance(samples: number[][], mean: number[]): Matrix {
  const centred = samples.map((one) => one.map((v, c) => v - (mean[c] ?? 0)));
  return mean.map((_, c) =>
    mean.map(
      (_, d) =>
        centred.reduce((sum, one) => sum + (one[c] ?? 0) * (one[d] ?? 0), 0) /
        samples.length,
    ),
  );
}

function dot(a: number[], b: number[]): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
}

/** Finds the first axis by power iteration; its largest part is positive. */
function strongest(matrix: Matrix): { axis: number[]; variance: number } {
  let axis = matrix.map((_, c) => 1 + c / 10); // not symmetric, which could be orthogonal to the axis
  let variance = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const next = matrix.map((row) => dot(row, axis));
    variance = Math.hypot(...next);
    if (variance < 1e-9) return { axis: axis.map(() => 0), variance: 0 };
    const length = variance;
    axis = next.map((value) => value / length);
  }
  const largest = axis.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0);
  return { axis: largest < 0 ? axis.map((value) => -value) : axis, variance };
}

/** Removes the variance along an axis from a covariance matrix. */
function without(matrix: Matrix, axis: number[], variance: number): Matrix {
  return matrix.map((row, c) =>
    row.map((value, d) => value - variance * (axis[c] ?? 0) * (axis[d] ?? 0)),
  );
}
