/** One layer of one run: its best images on a bar of its health. */
import type { Layer, Run } from "../../api/types";
import { HealthBar, spoken } from "../../components/health_bar";
import { Middle } from "../../components/middle";
import { Tile } from "../../components/tile";
import { statusAt, valueAt } from "../../data/measures";
import { mostActivated, seen } from "../../selection/networks";
import { update } from "../../state/state";
import { evenly, type Plan } from "./plan";

interface Props {
  run: Run;
  layer: Layer;
  plan: Plan;
  /** The name of the layer that stands above; `null` for none. */
  head: string | null;
}

export function Cell({ run, layer, plan, head }: Props) {
  const found = seen(run, layer);
  const open = () =>
    update({ run: run.run, layer: layer.tag, filter: null, view: "grid" });
  const keys = found
    ? mostActivated(found.series, found.at).slice(0, plan.count)
    : [];
  const filters = found?.health.logged ?? layer.layer_filters ?? 0;
  return (
    <section
      class={head === null ? "cell" : "cell card"}
      aria-label={`${layer.tag} of ${run.label}`}
      data-testid="layer-card"
      data-tag={layer.tag}
    >
      <button
        type="button"
        class="cell-head"
        title={`Show all filters of ${layer.tag}`}
        onClick={open}
      >
        {head !== null && (
          <span class="cell-name">
            <b>
              <Middle text={head} />
            </b>
            <span class="meta">
              {head === layer.tag && `${layer.layer_type ?? "Layer"}, `}
              {filters} {filters === 1 ? "filter" : "filters"}
            </span>
          </span>
        )}
        {found && <HealthBar health={found.health} />}
        <span class="meta">
          {layer.fault ?? (found ? spoken(found.health) : "…")}
        </span>
      </button>
      <div class="tiles" style={{ maxWidth: `${evenly(plan, keys.length)}px` }}>
        {found &&
          keys.map((key, place) => (
            <Tile
              key={key}
              run={run.run}
              tag={layer.tag}
              epoch={found.at}
              filter={key}
              size={plan.size}
              status={statusAt(found.series, key, found.at)}
              score={valueAt(found.series, "score", key, found.at)}
              opens="grid"
              tabbable={place === 0}
            />
          ))}
      </div>
    </section>
  );
}
