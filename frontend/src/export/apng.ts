/** Animated PNG, which is lossless and plays in every browser. */
import type { Chunk } from "./png";

/** Encodes 32-bit numbers in big-endian order. */
function words(...values: number[]): Uint8Array {
  const data = new Uint8Array(values.length * 4);
  const view = new DataView(data.buffer);
  values.forEach((value, i) => view.setUint32(i * 4, value));
  return data;
}

function joined(...parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, p) => sum + p.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/**
 * Joins PNG files to an animation.
 *
 * @param frames The chunks of files of one size and color type.
 * @param delays Milliseconds of each frame.
 */
export function animate(frames: Chunk[][], delays: number[]): Chunk[] {
  const header = frames[0]?.find(({ type }) => type === "IHDR");
  if (!header) throw new Error("An animation needs at least one frame.");
  const same = (data: Uint8Array) =>
    data.every((byte, i) => byte === header.data[i]);
  const chunks: Chunk[] = [
    header,
    { type: "acTL", data: words(frames.length, 0) }, // 0: loops forever
  ];
  let sequence = 0;
  frames.forEach((frame, n) => {
    const own = frame.find(({ type }) => type === "IHDR");
    if (!own || !same(own.data))
      throw new Error("The frames differ in size or color type.");
    const size = new DataView(own.data.buffer, own.data.byteOffset);
    const [width, height] = [size.getUint32(0), size.getUint32(4)];
    const delay = Math.min(Math.round(delays[n] ?? 400), 65_535);
    const timing = new Uint8Array([delay >> 8, delay & 255, 3, 232, 0, 0]);
    chunks.push({
      type: "fcTL",
      data: joined(words(sequence++, width, height, 0, 0), timing),
    });
    for (const { type, data } of frame) {
      if (type !== "IDAT") continue;
      chunks.push(
        n === 0
          ? { type, data }
          : { type: "fdAT", data: joined(words(sequence++), data) },
      );
    }
  });
  chunks.push({ type: "IEND", data: new Uint8Array(0) });
  return chunks;
}
