/** A filter before and after, each beside its exemplars. */
import { decimals } from "../../render/format";
import { ExemplarSquare } from "../../components/exemplars";
import { FilterImage } from "../../components/filter_image";
import { MARKS } from "../../components/tile";
import { LEAST_CORRELATION } from "../../data/matches";
import { imageSize } from "../../selection/image_size";
import type { Change, NearestFilter } from "../../selection/bands";
import type { Place } from "../../state/schema";
import { update } from "../../state/state";

interface Props {
  change: Change;
  /** `null` for a new filter. */
  before: Place | null;
  /** `null` for a lost filter. */
  after: Place | null;
  /** Whether the other views select the filter. */
  chosen: boolean;
  tabbable: boolean;
}

/** "3 → 12 · r 0.84", or what is nearest to a filter without a match. */
export function captionOf({ before, after, r, nearest }: Change): string {
  const names = [before, after].filter((key) => key !== null).join(" → ");
  if (r !== null) return `${names} · r ${decimals(r)}`;
  return nearest ? `${names} · ${describeNearest(nearest)}` : names;
}

/** As `captionOf`, with the state of filters that are not well in words. */
export function captionWithStatus(change: Change): string {
  const { before, after, status } = change;
  return captionOf({
    ...change,
    before: before && withStatus(before, status.before),
    after: after && withStatus(after, status.after),
  });
}

/** "3", or "3 (dead)". */
function withStatus(key: string, status: string | null): string {
  return status !== null && status in MARKS ? `${key} (${status})` : key;
}

/** "nearest 32 (r 0.75), which is paired with 7". */
function describeNearest({ key, r, partner }: NearestFilter): string {
  if (r < LEAST_CORRELATION) {
    // Not "0.50", which would be a match.
    const below = decimals(r) === decimals(LEAST_CORRELATION);
    const said = `${below ? "just below " : ""}${decimals(r)}`;
    return `nothing like it: nearest r ${said}`;
  }
  const paired = partner === null ? "not paired" : `paired with ${partner}`;
  return `nearest ${key} (r ${decimals(r)}), which is ${paired}`;
}

export function ChangeCard({ change, before, after, chosen, tabbable }: Props) {
  const here = after ?? before;
  if (!here) return null;
  const caption = captionOf(change);
  const sides = [
    [before, change.status.before],
    [after, change.status.after],
  ] as const;
  const label = [
    before ? `Filter ${withStatus(before.key, change.status.before)}` : "New",
    after
      ? `then filter ${withStatus(after.key, change.status.after)}`
      : "lost",
  ].join(", ");
  const open = () =>
    before && after
      ? update({
          a: before,
          b: after,
          layer: after.tag,
          filter: after.key,
          view: "compare",
        })
      : update({ ...placed(here), view: "filter" });
  return (
    <button
      type="button"
      class={chosen ? "tile change-card chosen" : "tile change-card"}
      aria-current={chosen}
      data-testid="change"
      data-run={here.run}
      data-tag={here.tag}
      data-key={here.key}
      data-epoch={here.epoch}
      tabIndex={tabbable ? 0 : -1}
      aria-label={`${label}: ${caption}`}
      onClick={open}
    >
      <span class="change-images">
        {sides.map(
          ([place, status]) =>
            place && (
              <span key={place === before ? "before" : "after"} class="joined">
                <FilterImage
                  {...place}
                  filter={place.key}
                  size={imageSize.value}
                />
                <ExemplarSquare here={place} size={imageSize.value} />
                <Mark status={status} />
              </span>
            ),
        )}
      </span>
      <span class="caption">{caption}</span>
    </button>
  );
}

/** Marks a filter that is dead, weak or without an image. */
function Mark({ status }: { status: string | null }) {
  const mark = MARKS[status ?? ""];
  return mark ? (
    <span class="mark state" aria-hidden="true" title={mark[1]}>
      {mark[0]}
    </span>
  ) : null;
}

function placed({ run, tag, key, epoch }: Place) {
  return { run, layer: tag, filter: key, epoch };
}
