/** The shown slice of a volume, and the shape of the shown images. */
import { depthOf } from "../render/channels";
import { shownSeries } from "./shown";
import { isSignal } from "../render/rendering";
import { state, update } from "../state/state";

interface Shape {
  depth: number;
  channels: number;
  signal: boolean;
}

/** Returns the shape of the shown layer's images, as far as it is known. */
export function shownShape(): Shape {
  const about = shownSeries.value?.layer.find((one) => one.channels);
  const channels = about?.channels ?? 1;
  return {
    depth: about ? depthOf(about) : 1,
    channels,
    signal: isSignal(about ?? {}),
  };
}

export function sliceShown(depth: number): number {
  return Math.min(state.value.slice ?? Math.floor(depth / 2), depth - 1);
}

export function moveSlice(by: number): void {
  const { depth } = shownShape();
  if (depth < 2) return;
  const to = sliceShown(depth) + by;
  update({ slice: Math.min(Math.max(to, 0), depth - 1) });
}
