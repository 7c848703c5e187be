/** What an image may be: on its way, there, not logged, broken. */
import type { FilterEntry, Header, Images } from "../api/types";
import { decode, type Pixels } from "../render/pixels";

export interface Wanted {
  run: string;
  tag: string;
  step: number;
  key: string;
  /** By whom: just asked for, on the screen, not any more, or not yet. */
  demand: "new" | "watched" | "left" | "ahead";
}

export type ImageState =
  | { kind: "loading" }
  | {
      kind: "ready";
      pixels: Pixels;
      entry: FilterEntry;
      header: Header;
      /** When its event was written. */
      wallTime: number;
    }
  | { kind: "missing" }
  | { kind: "error"; message: string };

/** An image out of an answer, decoded, or why it is not there. */
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
    const pixels = await decode(blob, header.channels);
    return { kind: "ready", pixels, entry, header, wallTime: event.wall_time };
  } catch {
    return { kind: "error", message: "What is stored is not an image." };
  }
}
