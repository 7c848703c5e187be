/** The probe of a run: the data on which its filters respond. */
import type { EventHeader } from "../api/event_header";
import type { Run } from "../api/types";
import { series } from "../data/series";

/**
 * Returns the header of a layer's newest event; `undefined` until known.
 *
 * @param later Whether to fetch it only once the images have come.
 */
export function headerOf(
  of: Run,
  tag: string,
  later = false,
): Partial<EventHeader> | undefined {
  const layer = of.layers.find((one) => one.tag === tag);
  const found = layer && series(of, layer, layer.last, true, later).value;
  return layer && found?.layer[found.epochs.indexOf(layer.last)];
}

/**
 * Returns the fingerprint of a run's probe from one of its layers: `null` if
 * none is logged, `undefined` until known.
 */
export function probeOf(
  of: Run,
  tag: string,
  later = false,
): string | null | undefined {
  const header = headerOf(of, tag, later);
  return header && (header.signature?.probe ?? null);
}
