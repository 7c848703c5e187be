/** All filters of a layer at one epoch. */
import {
  ARRANGEMENTS,
  ranks,
  shownKeys,
  shownStacks,
  sortedKeys,
} from "../selection/order";
import { stacking, unfoldAll } from "../selection/stacks";
import { epoch, layer, run, shownSeries } from "../selection/shown";
import { isLogged } from "../data/runs";
import { format } from "../render/format";
import { statusAt, valueAt } from "../data/measures";
import { NoFilterFound } from "../components/messages";
import { state } from "../state/state";
import { summary } from "../data/summary";
import { chipOf, ClassChip, labelOf } from "../components/class_chip";
import { Tile } from "../components/tile";
import { imageSize } from "../selection/image_size";
import { TileGrid } from "../components/tile_grid";
import {
  filterName,
  redundancy,
  topClasses,
  twinsOf,
} from "../selection/shown_relations";
import { ClassTable } from "./class_table";
import { FilterMap } from "./filter_map";
import { stepUnit } from "../selection/step_unit";

const NONE: string[] = [];

export function Grid() {
  const series = shownSeries.value;
  const at = epoch.value;
  if (!run.value || !layer.value || at === null) return null;
  if (isLogged(layer.value, at) === false) return null; // a banner says so
  if (!series) return <Skeleton count={layer.value.layer_filters ?? 16} />;
  const keys = shownKeys.value;
  if (!keys.length) return <NoFilterFound tag={layer.value.tag} />;
  const { tag } = layer.value;
  const name = run.value.run;
  const sorted = ranks.value;
  const { sort } = state.value;
  const captioned =
    sort === "twins" || (sorted.size > 0 && !ARRANGEMENTS.has(sort));
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
        <Stacks />
      </p>
      {sort === "map" ? (
        <FilterMap run={name} tag={tag} at={at} series={series} />
      ) : sort === "classes" ? (
        <ClassTable run={name} tag={tag} at={at} series={series} />
      ) : (
        <TileGrid
          keys={keys}
          label={`Filters of ${tag} at ${stepUnit.value.unit} ${at}`}
          size={imageSize.value}
          chosen={state.value.filter}
          tile={(key, tabbable) => {
            const chip = chipOf(key, imageSize.value, captioned);
            return (
              <div key={key} class="chip-place">
                <Tile
                  run={name}
                  tag={tag}
                  epoch={at}
                  filter={key}
                  size={imageSize.value}
                  status={statusAt(series, key, at)}
                  score={valueAt(series, "score", key, at)}
                  settled={valueAt(series, "settled", key, at)}
                  caption={captionOf(key, sorted, chip !== null)}
                  chipped={chip !== null}
                  behind={shownStacks.value.get(key) ?? NONE}
                  tabbable={tabbable}
                />
                {chip && <ClassChip top={chip} tabbable={tabbable} />}
              </div>
            );
          }}
        />
      )}
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
  const { sort } = state.value;
  const top = topClasses.value.get(key);
  if (top && (sort === "class" || /class/i.test(state.value.search))) {
    return chip ? key : `${key} · ${labelOf(top)}: ${top.count}/${top.of}`;
  }
  if (sort === "twins") {
    const behind = shownStacks.value.get(key)?.length ?? 0;
    if (behind) return `${key} and ${behind} ${behind > 1 ? "twins" : "twin"}`;
    const twins = twinsOf.value.get(key)?.filter((one) => one !== key) ?? [];
    const more = twins.length > 1 ? " …" : "";
    return twins.length ? `${key} = ${twins[0]}${more}` : key;
  }
  const name = filterName(key);
  if (ARRANGEMENTS.has(sort)) return name;
  return sorted.has(key)
    ? `${name} · ${format(sorted.get(key) ?? null)}`
    : name;
}

/** Unfolds the stacks of twins, or folds them. */
function Stacks() {
  if (!stacking() || !twinsOf.value.size) return null;
  const some = shownStacks.value.size > 0;
  return (
    <>
      {" "}
      <button type="button" class="link" onClick={() => unfoldAll(some)}>
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
