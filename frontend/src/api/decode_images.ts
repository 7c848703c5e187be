/** Decodes answers with images; docs/http_api.md describes them. */
import type { Cell, Images, ImagesHeader, LayerEvent } from "./types";

interface Placed {
  key?: string;
  offset?: number;
  size?: number;
  error?: string;
}

interface SentEvent {
  step: number;
  wall_time: number;
  header: ImagesHeader;
  images: Placed[];
  extra?: Placed[];
}

/** Returns the JSON of an answer, and where its images begin. */
function readHead<T>(buffer: ArrayBuffer): [T, number] {
  const length = new DataView(buffer).getUint32(0, true);
  const text = new TextDecoder().decode(new Uint8Array(buffer, 4, length));
  return [JSON.parse(text) as T, 4 + length];
}

/** Returns an event with its images; a message in place of a damaged one. */
function decodeEvent(
  { header, images, extra, ...event }: SentEvent,
  buffer: ArrayBuffer,
  start: number,
): LayerEvent {
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
  return {
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
  };
}

/** Returns the images of an answer of the route `images`. */
export function decodeImages(buffer: ArrayBuffer): Images {
  type Sent = Omit<Images, "events"> & { events: SentEvent[] };
  const [answer, start] = readHead<Sent>(buffer);
  const events = answer.events.map((one) => decodeEvent(one, buffer, start));
  return { ...answer, events };
}

/** Returns the cells of an answer of the route `overview`. */
export function decodeCells(buffer: ArrayBuffer): {
  cells: Cell[];
  left: number;
} {
  type SentCell = Omit<Cell, "event"> & { event?: SentEvent };
  type Sent = { cells: SentCell[]; left: number };
  const [{ cells, left }, start] = readHead<Sent>(buffer);
  return {
    left,
    cells: cells.map(({ event, ...cell }) => ({
      ...cell,
      event: event ? decodeEvent(event, buffer, start) : null,
    })),
  };
}
