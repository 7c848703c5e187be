/** Reads and writes the chunks of PNG files. */

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

export interface Chunk {
  type: string;
  data: Uint8Array;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let value = n;
  for (let bit = 0; bit < 8; bit++) {
    value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  }
  return value;
});

/** Computes the CRC-32 of a PNG chunk. */
export function crc(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) {
    value = (TABLE[(value ^ byte) & 255] ?? 0) ^ (value >>> 8);
  }
  return (value ^ 0xffffffff) >>> 0;
}

/** Splits a file into its chunks. */
export function readPng(file: Uint8Array): Chunk[] {
  if (SIGNATURE.some((byte, i) => file[i] !== byte)) {
    throw new Error("This is not a PNG file.");
  }
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const chunks: Chunk[] = [];
  for (let at = 8; at + 12 <= file.length;) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...file.subarray(at + 4, at + 8));
    chunks.push({ type, data: file.subarray(at + 8, at + 8 + length) });
    at += 12 + length;
  }
  return chunks;
}

export function writePng(chunks: Chunk[]): Uint8Array<ArrayBuffer> {
  const length = chunks.reduce((sum, { data }) => sum + 12 + data.length, 8);
  const file = new Uint8Array(length);
  const view = new DataView(file.buffer);
  file.set(SIGNATURE);
  let at = 8;
  for (const { type, data } of chunks) {
    view.setUint32(at, data.length);
    file.set([...type].map((letter) => letter.charCodeAt(0)), at + 4); // prettier-ignore
    file.set(data, at + 8);
    const end = at + 8 + data.length;
    view.setUint32(end, crc(file.subarray(at + 4, end)));
    at = end + 4;
  }
  return file;
}

/** Makes an iTXt chunk: an uncompressed UTF-8 text under a keyword. */
export function textChunk(keyword: string, text: string): Chunk {
  const data = new TextEncoder().encode(`${keyword}\0\0\0\0\0${text}`);
  return { type: "iTXt", data };
}

/** Inserts texts after the header of a PNG. */
export function withTexts(
  chunks: Chunk[],
  texts: Record<string, string>,
): Chunk[] {
  const [header, ...rest] = chunks;
  if (!header) return chunks;
  const made = Object.entries(texts).map(([k, text]) => textChunk(k, text));
  return [header, ...made, ...rest];
}
