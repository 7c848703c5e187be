/** All filters of a layer at one epoch. */
import {
  computed,
  useComputed,
  useSignalEffect,
  type ReadonlySignal,
} from "@preact/signals";
import {
  ARRANGEMENTS,
  ranks,
  shownKeys,
  shownStacks,
  sortBlocked,
  sortedKeys,
  stackName,
} from "../selection/order";
import { stacking, unfoldAll } from "../selection/stacks";
import { epochToRead, layer, run, shownSeries } from "../selection/shown";
import { isLogged } from "../data/runs";
import { brief } from "../render/format";
import { statusAt, valueAt } from "../data/measures";
import { NoFilterFound } from "../components/messages";
import { part, update } from "../state/state";
import { summary } from "../data/summary";
import { chipOf, ClassChip, labelOf } from "../components/class_chip";
import { Tile } from "../components/tile";
import { useShownEpoch, useText } from "../components/live_epoch";
import { imageSize } from "../selection/image_size";
import { awaitPause } from "../selection/tile_count";
import { TileGrid } from "../components/tile_grid";
import {
  filterName,
  redundancy,
  topClasses,
  twinsOf,
  type TopClass,
} from "../selection/shown_relations";
import { ClassTable } from "./class_table";
import { FilterMap } from "./filter_map";
import { shownUnit } from "../selection/step_unit";

const [chosen, chosenSort, search] = [
  part("filter"),
  part("sort"),
  part("search"),
];

/** Arrangements that say on their page what they lack. */
const SELF_EXPLAINED = new Set(["map", "classes"]);

export function Grid() {
  useSignalEffect(awaitPause);
  const series = shownSeries.value;
  const at = epochToRead.value;
  if (!run.value || !layer.value || at === null) return null;
  if (isLogged(layer.value, at) === false) return null; // a banner says so
  if (!series) return <Skeleton count={layer.value.layer_filters ?? 16} />;
  if (!shownKeys.value.length) return <NoFilterFound tag={layer.value.tag} />;
  const { tag } = layer.value;
  const name = run.value.run;
  const sort = chosenSort.value;
  const blocked = sortBlocked(sort, series);
  return (
    <div class={sort === "classes" ? "filling" : ""}>
      <p
        class={sort === "classes" ? "note slim" : "note"}
        data-testid="summary"
      >
        {[
          summary(
            series,
            at,
            sortedKeys.value.length,
            layer.value.layer_filters,
          ),
          redundancy(),
        ]
          .filter(Boolean)
          .join(" · ")}
        {!SELF_EXPLAINED.has(sort) && blocked !== null && (
          <> · Not sorted: {blocked}</>
        )}
        <Stacks />
      </p>
      {sort === "map" ? (
        <FilterMap run={name} tag={tag} at={at} series={series} />
      ) : sort === "classes" ? (
        <ClassTable run={name} tag={tag} at={at} series={series} />
      ) : (
        <Tiles run={name} tag={tag} />
      )}
    </div>
  );
}

/** What a tile shows beside its image. */
interface Marks {
  status: string | null;
  settled: number | null;
  caption: string;
  chip: TopClass | null;
  stacked: boolean;
}

function isAlike(a: Marks, b: Marks): boolean {
  return (
    a.status === b.status &&
    a.settled === b.settled &&
    a.caption === b.caption &&
    a.stacked === b.stacked &&
    a.chip?.name === b.chip?.name &&
    a.chip?.count === b.chip?.count &&
    a.chip?.of === b.chip?.of
  );
}

let before = new Map<string, Marks>();

/** The marks of all tiles; one that is as before is the same object. */
const marks = computed<Map<string, Marks>>(() => {
  const series = shownSeries.value;
  const at = epochToRead.value;
  const size = imageSize.value;
  const sorted = ranks.value;
  const sort = chosenSort.value;
  const captioned =
    sort === "twins" || (sorted.size > 0 && !ARRANGEMENTS.has(sort));
  const found = new Map<string, Marks>();
  for (const key of series ? shownKeys.value : []) {
    const chip = chipOf(key, size, captioned);
    const own = {
      status: series && statusAt(series, key, at),
      settled: series && valueAt(series, "settled", key, at),
      caption: captionOf(key, sorted, chip !== null),
      chip,
      stacked: shownStacks.value.has(key),
    };
    const old = before.get(key);
    found.set(key, old && isAlike(old, own) ? old : own);
  }
  before = found;
  return found;
});

interface TilesProps {
  run: string;
  tag: string;
}

/** Neither this nor a tile that looks as before renders again at an epoch. */
function Tiles({ run, tag }: TilesProps) {
  const at = useShownEpoch(run, tag);
  const label = useText(
    at,
    (epoch) => `Filters of ${tag} at ${shownUnit.value} ${epoch}`,
    [tag],
  );
  return (
    <TileGrid
      keys={shownKeys.value}
      label={label}
      size={imageSize.value}
      chosen={chosen.value}
      tile={(key, tabbable) => (
        <GridTile
          key={key}
          {...{ run, tag, tabbable }}
          epoch={at}
          filter={key}
        />
      )}
    />
  );
}

/** Returns the score for a tile's label. */
function scoreAt(key: string, at: number): number | null {
  const series = shownSeries.value;
  return series && valueAt(series, "score", key, at);
}

interface GridTileProps extends TilesProps {
  epoch: ReadonlySignal<number>;
  filter: string;
  tabbable: boolean;
}

function GridTile({ run, tag, epoch, filter, tabbable }: GridTileProps) {
  const own = useComputed(() => marks.value.get(filter)).value;
  if (!own) return null;
  const { status, settled, caption, chip, stacked } = own;
  return (
    <div
      class="chip-place"
      style={chip ? { "--chip": `${labelOf(chip).length}ch` } : undefined}
    >
      <Tile
        {...{ run, tag, epoch, filter, status, settled, caption, stacked }}
        size={imageSize.value}
        score={scoreAt}
        chipped={chip !== null}
        tabbable={tabbable}
      />
      {chip && <ClassChip top={chip} tabbable={tabbable} />}
    </div>
  );
}

/**
 * "17", with what it is sorted by: "17 · 0.93", "17 · pelican: 5/9".
 *
 * @param chip Whether its class stands beside it.
 */
export function captionOf(
  key: string,
  sorted: Map<string, number | null>,
  chip = false,
): string {
  const sort = chosenSort.value;
  const top = topClasses.value.get(key);
  if (top && (sort === "class" || /class/i.test(search.value))) {
    return chip ? key : `${key} · ${labelOf(top)}: ${top.count}/${top.of}`;
  }
  if (sort === "twins") {
    const stack = stackName(key);
    if (stack !== null) return stack;
    const twins = twinsOf.value.get(key)?.filter((one) => one !== key) ?? [];
    const more = twins.length > 1 ? " …" : "";
    return twins.length ? `${key} = ${twins[0]}${more}` : key;
  }
  const name = filterName(key);
  if (ARRANGEMENTS.has(sort)) return name;
  return sorted.has(key) ? `${name} · ${brief(sorted.get(key) ?? null)}` : name;
}

/** Unfolds the stacks of twins, or folds them. */
function Stacks() {
  if (!twinsOf.value.size) return null;
  const some = shownStacks.value.size > 0;
  const change = () =>
    stacking()
      ? unfoldAll(some)
      : update({ sort: "twins", anchor: null, reverse: false, search: "" });
  return (
    <>
      {" "}
      <button type="button" class="link" onClick={change}>
        {some ? "Unfold the twins" : "Stack the twins"}
      </button>
    </>
  );
}

function Skeleton({ count }: { count: number }) {
  const size = `${imageSize.value}px`;
  return (
    <div class="tiles" role="status" aria-busy="true" aria-label="Loading">
      {Array.from({ length: Math.min(count, 64) }, (_, i) => (
        <div
          key={i}
          class="picture loading"
          style={{ width: size, height: size }}
        />
      ))}
    </div>
  );
}
