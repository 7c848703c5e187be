/** The difference of two pictures. */
import type { Drawn } from "./rendering";

/** Above middle grey where A is brighter, below where B is. */
export function difference(a: Drawn, b: Drawn): Drawn {
  const rgba = new Uint8ClampedArray(a.rgba.length);
  for (let i = 0; i < rgba.length; i++) {
    rgba[i] =
      i % 4 === 3 ? 255 : 127.5 + ((a.rgba[i] ?? 0) - (b.rgba[i] ?? 0)) / 2;
  }
  return { width: a.width, height: a.height, rgba };
}
