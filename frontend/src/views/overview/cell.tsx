/** One layer of one run: its best images on a bar of its health. */
import type { Layer, Run } from "../../api/types";
import { HealthBar } from "../../components/health_bar";
import { Breakable } from "../../components/breakable";
import { Tile } from "../../components/tile";
import { filtersOf, spoken } from "../../data/summary";
import { shownCell, readableCell } from "../../selection/shown_cells";
import { update } from "../../state/state";
import { COUNTS_FIT, evenly, type Plan } from "./plan";

interface Props {
  run: Run;
  layer: Layer;
  plan: Plan;
  /** The name of the layer that stands above; `null` for none. */
  head: string | null;
}

export function Cell({ run, layer, plan, head }: Props) {
  const found = readableCell(run, layer, plan.count);
  const open = () =>
    update({ run: run.run, layer: layer.tag, filter: null, view: "grid" });
  const best = found?.best.slice(0, plan.count) ?? [];
  const whole = layer.layer_filters;
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
          <span class={plan.layerNames.apart ? "cell-name apart" : "cell-name"}>
            <b style={{ minHeight: `${plan.layerNames.lines}lh` }}>
              <Breakable text={head} />
            </b>
            <span class="meta">
              {head === layer.tag && `${layer.layer_type ?? "Layer"}, `}
              {filtersOf(found?.counts.logged ?? whole ?? 0, whole)}
            </span>
          </span>
        )}
        {found && <HealthBar counts={found.counts} />}
        <span class={plan.width < COUNTS_FIT ? "meta two-lines" : "meta"}>
          {layer.fault ??
            shownCell(run, layer)?.error ??
            (found ? spoken(found.counts) : "…")}
        </span>
      </button>
      <div class="tiles" style={{ maxWidth: `${evenly(plan, best.length)}px` }}>
        {found &&
          best.map(({ key, status, score }, place) => (
            <Tile
              key={key}
              run={run.run}
              tag={layer.tag}
              epoch={found.at}
              filter={key}
              size={plan.size}
              status={status}
              score={score}
              opens="grid"
              tabbable={place === 0}
            />
          ))}
      </div>
    </section>
  );
}
