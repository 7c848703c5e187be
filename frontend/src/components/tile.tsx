/** A filter image as a button, with its marks. */
import { useState } from "preact/hooks";
import { inspected } from "../selection/inspected";
import { ExemplarSquare } from "./exemplars";
import { epochChange } from "../selection/player";
import { isPinned, part, update } from "../state/state";
import { isSame, type Place, type View } from "../state/schema";
import { FilterImage } from "./filter_image";
import { unfold } from "../selection/stacks";
import { shownUnit, type Unit } from "../selection/step_unit";
import { now, unseen, useText, type LiveEpoch } from "./live_epoch";

/** Returns the score of a filter at an epoch. */
type ScoreAt = (filter: string, epoch: number) => number | null;

interface Props {
  run: string;
  tag: string;
  epoch: LiveEpoch;
  filter: string;
  size: number;
  status: string | null;
  score: number | null | ScoreAt;
  settled?: number | null;
  /** Change since the previous epoch, 0 to 1. */
  change?: number | null;
  /** Whether images that still change have no mark, as a line ends them. */
  lined?: boolean;
  /** Whether a line marks that the filter settled here. */
  line?: boolean;
  /** The view that a click opens; by default the present one. */
  opens?: View;
  /** Whether twins stand behind this tile; a click unfolds them. */
  stacked?: boolean;
  /** A line of text below the image. */
  caption?: string;
  /** What stands beside the tile and belongs to its name, as its run. */
  of?: string;
  /** Whether a chip covers the right half of that line. */
  chipped?: boolean;
  /** Whether Tab stops here; arrow keys reach the other tiles. */
  tabbable?: boolean;
}

const SMALL = 64; // pixels of an image whose marks are small too

export const MARKS: Record<string, [glyph: string, meaning: string]> = {
  dead: ["✕", "dead: the data never excites it"],
  weak: ["◌", "weak: the data hardly excites it"],
  flat: ["▭", "flat: no image was found"],
  plain: ["■", "plain: it sees a single value, so its image has one shade"],
  unsettled: ["∿", "not settled: the image still changes"],
};

/** Returns the accessible name: "conv2, filter 17, epoch 5, score 3.1, weak". */
export function describe(
  tag: string,
  filter: string,
  epoch: number,
  score: number | null,
  status: string | null,
  settled: number | null = null,
  unit: Unit = "epoch",
): string {
  const parts = [tag, `filter ${filter}`, `${unit} ${epoch}`];
  if (score !== null) parts.push(`score ${Number(score.toPrecision(3))}`);
  if (status && status !== "ok") parts.push(status);
  if (settled !== null) parts.push(settled ? "settled" : "not settled");
  return parts.join(", ");
}

/** Returns a name that includes the text on it, as voice control needs. */
function withText(description: string, text: string): string {
  return description.includes(text) ? description : `${description}, ${text}`;
}

const [chosen, exemplars] = [part("filter"), part("exemplars")];
const [a, b] = [part("a"), part("b")];

export function Tile(props: Props) {
  const { run, tag, epoch, filter, size, status, score, caption } = props;
  const settled = props.settled ?? null;
  const unit = shownUnit.value;
  const [message, setMessage] = useState("");
  const text = [message, caption, props.of].filter(Boolean).join(", ");
  const named = unseen(epoch);
  const label = useText(
    named,
    (at) => {
      const value = typeof score === "function" ? score(filter, at) : score;
      const name = describe(tag, filter, at, value, status, settled, unit);
      return withText(name, text);
    },
    [tag, filter, score, status, settled, unit, text],
  );
  // Only a tile that others name follows the epoch in its marks.
  const own = () => ({ run, tag, epoch: now(epoch), key: filter });
  const isOwn = (place: Place | null) =>
    place?.key === filter && isSame(place, own());
  const here = chosen.value === filter && isOwn(inspected.value);
  const unsettled = settled === 0 && !props.lined;
  const mark = MARKS[status ?? ""] ?? (unsettled && MARKS["unsettled"]);
  const classes = [
    "tile",
    here && "focused",
    props.line && "settled-here",
    size < SMALL && "small",
    caption !== undefined && "captioned",
    props.stacked && "stacked",
  ];
  const beside = props.chipped ? "beside-chip" : "";
  const slots = `${isOwn(a.value) ? "A" : ""}${isOwn(b.value) ? "B" : ""}`;
  return (
    <button
      type="button"
      class={classes.filter(Boolean).join(" ")}
      data-testid="tile"
      data-key={filter}
      data-epoch={named}
      data-follows={typeof epoch === "object" ? "" : undefined}
      data-tag={tag}
      data-run={run}
      aria-label={label}
      aria-pressed={here}
      tabIndex={props.tabbable === false ? -1 : 0}
      onClick={() => {
        if (props.stacked) unfold(filter);
        update({
          run,
          layer: tag,
          filter,
          inspector: true,
          ...(props.opens ? { view: props.opens } : {}),
          ...epochChange(now(epoch)),
        });
      }}
    >
      <FilterImage
        {...{ run, tag, epoch, filter, size }}
        onMessage={setMessage}
      />
      {exemplars.value && <ExemplarSquare here={own()} size={size} over />}
      {mark && (
        <span class={`mark state ${beside}`} aria-hidden="true" title={mark[1]}>
          {mark[0]}
        </span>
      )}
      {isPinned(tag, filter) && (
        <span class="mark pin" aria-hidden="true" title="pinned">
          ★
        </span>
      )}
      {slots !== "" && (
        <span
          class="mark in-slot"
          aria-hidden="true"
          title={`in slot ${slots}`}
        >
          {slots}
        </span>
      )}
      {typeof props.change === "number" && (
        <span class="change" aria-hidden="true">
          <span style={{ width: `${share(props.change)}%` }} />
        </span>
      )}
      {caption !== undefined && (
        <span class={`caption ${beside}`}>{caption}</span>
      )}
    </button>
  );
}

/** Returns a percentage; negative correlations are changes of more than 1. */
function share(change: number): number {
  return Math.round(100 * Math.min(Math.max(change, 0), 1));
}
