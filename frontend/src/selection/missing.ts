/** What a link names that is not, or no longer, in the logs. */
import { runLabel } from "./inspected";
import { epoch, layer, run, shownSeries } from "./shown";
import { isLogged, runs } from "../data/runs";
import { series } from "../data/series";
import { rowOf } from "../data/measures";
import type { Place, State } from "../state/schema";
import { state } from "../state/state";
import { moment, unitOf } from "./step_unit";

export interface Lost {
  message: string;
  /** What to change to see what is there. */
  fix: Partial<State>;
}

/** Why a slot of the comparison is empty; `null` if it is not. */
export function lostPlace(place: Place): string | null {
  const of = runs.value.find((one) => one.run === place.run);
  if (!of) return `The run “${place.run}” is not in these logs.`;
  const there = of.layers.find((one) => one.tag === place.tag);
  if (!there) return `The run ${of.label} has no layer “${place.tag}”.`;
  const label = runLabel(place.run, runs.value);
  if (isLogged(there, place.epoch) === false) {
    const unit = unitOf(series(of, there, there.last, true).value);
    return `${place.tag} of ${label} is not logged at ${unit} ${place.epoch}.`;
  }
  const known = series(of, there, place.epoch, true).value;
  return known && rowOf(known, place.key) < 0
    ? `${place.tag} of ${label} has no filter ${place.key}.`
    : null;
}

export function lost(): Lost | null {
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
      message: `${layer.value.tag} is not logged at ${moment.value.unit} ${epoch.value}.`,
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
    const message = place && lostPlace(place);
    if (message) return { message, fix: { [slot]: null } };
  }
  return null;
}
