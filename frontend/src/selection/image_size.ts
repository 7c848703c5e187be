/** The size at which the present view shows its images. */
import { computed } from "@preact/signals";
import { state } from "../state/state";
import { fitting, isWide, availableSpace } from "./available_space";
import { epochs, layer, shownSeries } from "./shown";

const SIDE = 36; // pixels beside the tiles of a page, with their frames
const ABOVE = 62; // above and below them
const HEADERS = 128; // beside the cells of a table
const ROWS = 6; // of a table that are in view at least

function clamped(size: number, least: number, most: number): number {
  return Math.min(Math.max(Math.floor(size / 4) * 4, least), most);
}

/** All logged filters of the layer, so that a search moves nothing. */
function countOfLayer(): number {
  return shownSeries.value?.keys.length ?? layer.value?.layer_filters ?? 16;
}

function fitted(): number {
  const { width, height } = availableSpace.value;
  switch (state.value.view) {
    case "grid": {
      const inside = { width: width - SIDE, height: height - ABOVE };
      return fitting(countOfLayer(), inside, { most: 400 });
    }
    case "time":
    case "across":
      return clamped(
        (width - HEADERS) / Math.max(epochs.value.length, 1) - 4,
        state.value.view === "across" ? 72 : 48, // a match in words beside it
        Math.max(128, height / ROWS),
      );
    case "runs":
      return isWide.value ? 104 : 72;
    default:
      return 96;
  }
}

/** The chosen size, or the one that fits the window. */
export const imageSize = computed<number>(() => state.value.size ?? fitted());
