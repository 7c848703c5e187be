/** Finds runs, layers, epochs and filters of a link that are not logged. */
import { epoch, layer, run, shownSeries } from "./shown";
import { isLogged, layerOf, runOf } from "../data/runs";
import { series } from "../data/series";
import { rowOf } from "../data/measures";
import type { Place, State } from "../state/schema";
import { state } from "../state/state";
import { stepUnit, unitOf } from "./step_unit";

export interface Missing {
  message: string;
  /** The change that shows something that is logged. */
  fix: Partial<State>;
}

/** Says why an image is not in the logs; `null` if it is. */
export function missingPlace(place: Place): string | null {
  const of = runOf(place.run);
  if (!of) return `The run “${place.run}” is not in these logs.`;
  const { label } = of;
  const there = layerOf(place.run, place.tag);
  if (!there) return `The run ${label} has no layer “${place.tag}”.`;
  if (isLogged(there, place.epoch) === false) {
    const unit = unitOf(series(of, there, there.last, true).value);
    return `${place.tag} of ${label} is not logged at ${unit} ${place.epoch}.`;
  }
  const known = series(of, there, place.epoch, true).value;
  return known && rowOf(known, place.key) < 0
    ? `${place.tag} of ${label} has no filter ${place.key}.`
    : null;
}

/** Returns the first thing in the state that is not logged; `null` if none. */
export function missing(): Missing | null {
  const { run: wanted, layer: tag, epoch: at, filter, a, b } = state.value;
  if (!run.value) {
    return {
      message: `The run “${wanted}” is not in these logs.`,
      fix: { run: null, layer: null, epoch: null, filter: null },
    };
  }
  if (!layer.value) {
    return {
      message: `The run ${run.value.label} has no layer “${tag}”.`,
      fix: { layer: null, filter: null },
    };
  }
  if (at !== null && isLogged(layer.value, at) === false) {
    return {
      message: `${layer.value.tag} is not logged at ${stepUnit.value.unit} ${epoch.value}.`,
      fix: { epoch: null },
    };
  }
  if (filter !== null && shownSeries.value) {
    if (rowOf(shownSeries.value, filter) < 0) {
      return {
        message: `${layer.value.tag} has no filter ${filter}.`,
        fix: { filter: null },
      };
    }
  }
  if (state.value.view !== "compare") return null;
  for (const [slot, place] of [
    ["a", a],
    ["b", b],
  ] as const) {
    const message = place && missingPlace(place);
    if (message) return { message, fix: { [slot]: null } };
  }
  return null;
}
