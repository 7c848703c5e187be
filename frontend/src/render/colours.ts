/** Colours that the network takes in another order, or without their mean. */
import type { EventHeader } from "../api/event_header";
import type { Pixels } from "./pixels";

/** Returns pixels as red, green and blue, where the header says how. */
export function inColour(
  pixels: Pixels,
  header: Pick<EventHeader, "value_range" | "colours">,
): Pixels {
  const { colours } = header;
  if (!colours || pixels.channels !== 3) return pixels;
  const [low, high] = header.value_range;
  const from = colours.order === "bgr" ? [2, 1, 0] : [0, 1, 2];
  const data = pixels.data.map((_, i) => {
    const channel = from[i % 3] ?? 0;
    const byte = pixels.data[i - (i % 3) + channel] ?? 0;
    const value = low + (byte / 255) * (high - low);
    const black = colours.black[channel] ?? low;
    const white = colours.white[channel] ?? high;
    return ((value - black) / (white - black)) * 255;
  });
  return { ...pixels, data };
}
