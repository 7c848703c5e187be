/** Says in words what the measures of a filter mean. */
import type { Series } from "../api/types";
import { settledSince, statusAt, valueAt } from "../data/measures";
import { isSignal } from "../render/rendering";
import { epochs } from "./shown";
import { stepUnit } from "./step_unit";

/** What a status other than "ok" means, as a sentence. */
export const STATUS: Record<string, string> = {
  dead: "Dead: the data never excites this filter.",
  weak: "Weak: the data hardly excites this filter.",
  flat: "Flat: no image was found that excites this filter.",
  plain: "Plain: this filter sees a single value, so its image has one shade.",
};
const SURVIVES = 0.8; // share of the lift that counts as all of it

function percent(share: number): string {
  const value = 100 * share;
  return value > 0 && value < 1 ? "under 1 %" : `${Math.round(value)} %`;
}

/** What the lift after transforms tries, which depends on the kind of input. */
const TRIED = {
  signal: "blur, shifts and noise",
  picture: "blur, shifts and compression",
};

const COUNTED = ", counted from the response to the mean input";

function ofImage(lift: number, kept: number | null, tried: string): string {
  const by =
    lift >= 1
      ? `Its image excites it ${lift.toPrecision(3)} times as much as the best real input${COUNTED}`
      : lift > 0
        ? `Its image excites it only ${percent(lift)} as much as the best real input${COUNTED}`
        : "Its image excites it no more than the mean input";
  if (kept === null || lift <= 0) return `${by}.`;
  const share = kept / lift;
  return share >= SURVIVES
    ? `${by}, and survives ${tried}.`
    : `${by}; ${percent(Math.max(share, 0))} of that survives ${tried}.`;
}

/** Returns sentences on a filter at an epoch. */
export function aboutFilter(series: Series, key: string, at: number): string[] {
  const value = (name: string) => valueAt(series, name, key, at);
  const found: string[] = [];
  const status = statusAt(series, key, at) ?? "";
  if (STATUS[status]) found.push(STATUS[status]);
  const lift = value("lift");
  if (lift !== null) {
    const signal = isSignal(series.layer[series.epochs.indexOf(at)] ?? {});
    const tried = signal ? TRIED.signal : TRIED.picture;
    found.push(ofImage(lift, value("lift_t"), tried));
  }
  const rank = value("rank");
  if (rank !== null) {
    found.push(
      rank < 1.5
        ? "Of all filters of the layer, it excites this one most."
        : rank < 2.5
          ? "It excites one other filter of the layer more."
          : `It excites ${Math.round(rank - 1)} other filters of the layer more.`,
    );
  }
  const share = value("share");
  if (share !== null) {
    found.push(
      `The data excites the filter at ${percent(share)} of positions.`,
    );
  }
  if (status === "dead") return found; // its changes mean nothing
  const since = settledSince(series, key, epochs.value);
  const { unit } = stepUnit.value;
  if (since !== null && since <= at) {
    found.push(`It has been settled since ${unit} ${since}.`);
  } else if (value("settled") === 0) {
    found.push(`It still changes from ${unit} to ${unit}.`);
  }
  return found;
}
