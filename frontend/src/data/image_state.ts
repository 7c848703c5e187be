/** The states of an image: loading, ready, not logged, broken. */
import type { EventHeader, FilterEntry } from "../api/event_header";
import type { Images } from "../api/types";
import { inColour } from "../render/colours";
import { decode, type Pixels } from "../render/pixels";

export interface Wanted {
  run: string;
  tag: string;
  step: number;
  key: string;
  /** Just requested, on the screen, off the screen again, or prefetched. */
  demand: "new" | "watched" | "left" | "ahead";
}

export type ImageState =
  | { kind: "loading" }
  | {
      kind: "ready";
      pixels: Pixels;
      entry: FilterEntry;
      header: EventHeader;
      /** When its event was written. */
      wallTime: number;
    }
  | { kind: "missing" }
  | { kind: "error"; message: string };

/** Decodes an image of an answer, or says why there is none. */
export async function stateOf(
  { step, key }: { step: number; key: string },
  answer: Images,
): Promise<ImageState> {
  const broken = answer.errors.find((error) => error.step === step);
  if (broken) return { kind: "error", message: broken.error };
  const event = answer.events.find((found) => found.step === step);
  const blob = event?.images.get(key);
  const entry = event?.entries.get(key);
  if (!event || !entry || blob === undefined) return { kind: "missing" };
  if (typeof blob === "string") return { kind: "error", message: blob };
  const { header } = event;
  try {
    const stored = await decode(blob, header.channels);
    const pixels = inColour(stored, header);
    return { kind: "ready", pixels, entry, header, wallTime: event.wall_time };
  } catch {
    return { kind: "error", message: "The stored bytes are not an image." };
  }
}
