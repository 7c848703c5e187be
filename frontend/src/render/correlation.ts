/** The similarity of two images. */
import type { Pixels } from "./pixels";

/** Returns the correlation of two images, -1 to 1; 0 if one is flat. */
export function correlation(a: Pixels, b: Pixels): number {
  const count = Math.min(a.data.length, b.data.length);
  let sumA = 0;
  let sumB = 0;
  for (let i = 0; i < count; i++) {
    sumA += a.data[i] ?? 0;
    sumB += b.data[i] ?? 0;
  }
  let both = 0;
  let powerA = 0;
  let powerB = 0;
  for (let i = 0; i < count; i++) {
    const x = (a.data[i] ?? 0) - sumA / count;
    const y = (b.data[i] ?? 0) - sumB / count;
    both += x * y;
    powerA += x * x;
    powerB += y * y;
  }
  const scale = Math.sqrt(powerA * powerB);
  return scale > 0 ? both / scale : 0;
}
