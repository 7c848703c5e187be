/** Decodes the answer of the route `images`; docs/http_api.md describes it. */
import type { Images, ImagesHeader } from "./types";

interface Placed {
  key?: string;
  offset?: number;
  size?: number;
  error?: string;
}

/** Returns the images of an answer; a message in place of a damaged one. */
export function decodeImages(buffer: ArrayBuffer): Images {
  const length = new DataView(buffer).getUint32(0, true);
  const text = new TextDecoder().decode(new Uint8Array(buffer, 4, length));
  const answer = JSON.parse(text) as {
    events: {
      step: number;
      wall_time: number;
      header: ImagesHeader;
      images: Placed[];
      extra?: Placed[];
    }[];
    missing: number[];
    left: number[];
    errors: { step: number; error: string }[];
  };
  const start = 4 + length;
  const blob = ({ offset, size, error }: Placed, type: string) => {
    if (offset === undefined || size === undefined) {
      return error ?? "The image cannot be read.";
    }
    const end = start + offset + size;
    if (offset < 0 || size < 0 || end > buffer.byteLength) {
      return "TensorBoard's answer ends before the image does.";
    }
    return new Blob([new Uint8Array(buffer, start + offset, size)], { type });
  };
  const events = answer.events.map(({ header, images, extra, ...event }) => ({
    ...event,
    header,
    entries: new Map(header.filters.map((entry) => [entry.key, entry])),
    images: new Map(
      images.map((placed): [string, Blob | string] => [
        placed.key ?? "",
        blob(placed, header.mime),
      ]),
    ),
    extra: (extra ?? []).map((placed) => blob(placed, "image/webp")),
  }));
  return { ...answer, events };
}
