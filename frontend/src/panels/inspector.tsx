/** The details of one filter. */
import type { Series } from "../api/types";
import { STATUS } from "../selection/about_filter";
import { inspectedToRead } from "../selection/inspected";
import { Breakable } from "../components/breakable";
import { Icon } from "../components/icons";
import { isWide } from "../selection/available_space";
import { epochs, run, shownSeries } from "../selection/shown";
import {
  labelOf,
  MEASURES,
  rowOf,
  settledSince,
  statusAt,
} from "../data/measures";
import { signal } from "@preact/signals";
import { AboutLayer } from "./about_layer";
import { ClassAndTwins } from "./class_and_twins";
import { FilterActions } from "./filter_actions";
import { FilterSettings } from "./filter_settings";
import { Exemplars } from "../components/exemplars";
import { FilterInputs } from "../components/filter_inputs";
import { Sparkline } from "../components/sparkline";
import type { Place } from "../state/schema";
import { filterName } from "../selection/shown_relations";
import { update } from "../state/state";
import { useShownEpoch } from "../components/live_epoch";
import { FilterImage } from "../components/filter_image";
import { plural, stepUnit, stepLabel } from "../selection/step_unit";

const SIDE = { usual: 218, wide: 346 }; // pixels of the image

/** Whether the sheet at the foot of a narrow page shows all details. */
const unfolded = signal(false);

export function Inspector() {
  const here = inspectedToRead.value;
  const series = shownSeries.value;
  const found = here !== null && series !== null;
  return (
    <aside
      class={`inspector ${found ? "" : "hint"} ${unfolded.value ? "" : "folded"} ${isWide.value ? "wide" : ""}`}
      data-testid="inspector"
      aria-label="Inspector"
    >
      {found ? <Details here={here} series={series} /> : <AboutLayer />}
    </aside>
  );
}

function Details({ here, series }: { here: Place; series: Series }) {
  const live = useShownEpoch(here.run, here.tag);
  const row = rowOf(series, here.key);
  const about = series.layer[series.epochs.indexOf(here.epoch)];
  const status = statusAt(series, here.key, here.epoch) ?? "";
  const since = settledSince(series, here.key, epochs.value);
  const side = isWide.value ? SIDE.wide : SIDE.usual;
  return (
    <>
      <div class="inspector-title">
        <h2>
          <Breakable text={here.tag} />, filter {filterName(here.key)}
        </h2>
        <button
          type="button"
          class="icon plain narrow-only"
          aria-label="Details"
          aria-expanded={unfolded.value}
          onClick={() => (unfolded.value = !unfolded.value)}
        >
          <Icon name={unfolded.value ? "fold" : "unfold"} />
        </button>
        <button
          type="button"
          class="icon plain"
          aria-label="Open the page of the filter"
          title="Open the page of the filter (Enter)"
          onClick={() => update({ view: "filter" })}
        >
          <Icon name="expand" />
        </button>
        <button
          type="button"
          class="icon plain"
          aria-label="Close the inspector"
          title="Close; selecting a filter opens it again"
          onClick={() => update({ inspector: false })}
        >
          <Icon name="close" />
        </button>
      </div>
      <p class="meta">
        <span title={run.value?.label}>{run.value?.name}</span> ·{" "}
        {stepLabel(here.epoch, stepUnit.value)}
        {since !== null &&
          since <= here.epoch &&
          status !== "dead" &&
          ` · settled since ${since}`}
      </p>
      <div class="inspector-body">
        <button
          type="button"
          class="enlarges"
          title="Enlarge: open the page of the filter"
          onClick={() => update({ view: "filter" })}
        >
          <FilterImage {...here} epoch={live} filter={here.key} size={side} />
        </button>
        <div>
          {STATUS[status] && <p class="warning">{STATUS[status]}</p>}
          <ClassAndTwins here={here} />
          <FilterActions here={here} />
        </div>
        <Exemplars here={here} size={side} />
        <FilterInputs here={here} size={Math.floor(side / 4.5)} />
        <section class="measures" aria-label={`Measures over ${plural()}`}>
          {Object.keys(MEASURES)
            .filter((name) => MEASURES[name]?.curve && series.values[name])
            .map((name) => (
              <Sparkline
                key={name}
                label={labelOf(name)}
                about={MEASURES[name]?.about ?? ""}
                epochs={series.epochs}
                values={series.values[name]?.[row] ?? []}
                current={here.epoch}
              />
            ))}
        </section>
        <FilterSettings about={about} />
      </div>
    </>
  );
}
