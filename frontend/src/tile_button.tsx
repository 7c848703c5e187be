/** A picture that can be focused, inspected, pinned and put into a slot. */
import { PatchesOver } from "./patches";
import { Picture } from "./tile";
import { isPinned, state, update } from "./state";

interface Props {
  run: string;
  tag: string;
  epoch: number;
  filter: string;
  size: number;
  status: string | null;
  score: number | null;
  settled?: number | null;
  caption?: boolean;
  tabbable?: boolean;
}

const MARKS: Record<string, string> = { dead: "✕", weak: "◌", flat: "▭" };

/** What a screen reader says: "conv2, filter 17, epoch 5, score 3.1, weak". */
export function describe(
  tag: string,
  filter: string,
  epoch: number,
  score: number | null,
  status: string | null,
  settled: number | null = null,
): string {
  const parts = [tag, `filter ${filter}`, `epoch ${epoch}`];
  if (score !== null) parts.push(`score ${Number(score.toPrecision(3))}`);
  if (status && status !== "ok") parts.push(status);
  if (settled !== null) parts.push(settled ? "settled" : "not settled");
  return parts.join(", ");
}

export function TileButton(props: Props) {
  const { run, tag, epoch, filter, size, status, score } = props;
  const { filter: focused, layer, a, b } = state.value;
  const here = focused === filter && (layer === null || layer === tag);
  const slot = (of: typeof a) =>
    of?.run === run &&
    of.tag === tag &&
    of.epoch === epoch &&
    of.key === filter;
  const mark = status ? MARKS[status] : undefined;
  return (
    <button
      type="button"
      class={`tile${here ? " focused" : ""}`}
      data-testid="tile"
      data-key={filter}
      data-epoch={epoch}
      data-tag={tag}
      data-run={run}
      aria-label={describe(
        tag,
        filter,
        epoch,
        score,
        status,
        props.settled ?? null,
      )}
      aria-pressed={here}
      tabIndex={props.tabbable === false ? -1 : 0}
      onClick={() =>
        update({ run, layer: tag, filter, inspector: true, ...chosen(epoch) })
      }
    >
      <Picture {...{ run, tag, epoch, filter, size }} />
      {state.value.patches && (
        <PatchesOver here={{ run, tag, epoch, key: filter }} size={size} />
      )}
      {mark && (
        <span class="mark" aria-hidden="true" title={status ?? ""}>
          {mark}
        </span>
      )}
      {!mark && props.settled === 0 && (
        <span class="mark" aria-hidden="true" title="not settled">
          ∿
        </span>
      )}
      {isPinned(tag, filter) && (
        <span class="mark pin" aria-hidden="true" title="pinned">
          ★
        </span>
      )}
      {(slot(a) || slot(b)) && (
        <span class="mark slot" aria-hidden="true">
          {slot(a) ? "A" : ""}
          {slot(b) ? "B" : ""}
        </span>
      )}
      {props.caption && <span class="caption">{filter}</span>}
    </button>
  );
}

/** Choosing a tile of another epoch moves there. */
function chosen(epoch: number): { epoch?: number } {
  return state.value.epoch === null ? {} : { epoch };
}
