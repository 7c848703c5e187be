/** One filter on a page of its own, its image as large as the room allows. */
import { useLayoutEffect, useRef } from "preact/hooks";
import { Agreement } from "./agreement";
import { AllSlices } from "./all_slices";
import { Bars } from "./bars";
import { ClassBars } from "./class_bars";
import { FilterHistory } from "./history";
import { SimilarFilters } from "./similar_filters";
import { FilterInputs } from "../../components/filter_inputs";
import { ChannelLegend } from "../../components/channel_legend";
import { known } from "../../components/exemplars";
import { FilterImage } from "../../components/filter_image";
import { Icon } from "../../components/icons";
import { WholeInputs } from "../../components/whole_inputs";
import { ClassAndTwins } from "../../panels/class_and_twins";
import { FilterActions } from "../../panels/filter_actions";
import { FilterSettings } from "../../panels/filter_settings";
import { aboutFilter } from "../../selection/about_filter";
import { filterName, isDead } from "../../selection/shown_relations";
import { inspected } from "../../selection/inspected";
import { shownKeys } from "../../selection/order";
import { fitting, availableSpace } from "../../selection/available_space";
import { layer, run, shownSeries } from "../../selection/shown";
import { stepLabel, stepUnit } from "../../selection/step_unit";
import { update } from "../../state/state";

const NARROW = 760; // pixels of a page with one column
const PADDING = 16;
const SAID = 260; // pixels of what stands above the exemplars

/** Whether the page has one column. */
function isNarrow(): boolean {
  return availableSpace.value.width < NARROW;
}

/** Returns the side of the image, and that of an exemplar. */
function sizes(): { image: number; exemplar: number } {
  const { width, height } = availableSpace.value;
  if (isNarrow()) {
    const across = width - 2 * PADDING;
    const side = Math.max(Math.min(across, height - 2 * PADDING), 160);
    return { image: side, exemplar: Math.floor(Math.min(across, 560) / 3) - 8 };
  }
  const image = Math.min(width * 0.46, height - 2 * PADDING - 44);
  const rest = width - image - 4 * PADDING;
  const inside = { width: rest, height: image - SAID };
  const exemplar = fitting(9, inside, { gap: 8, least: 88 });
  return { image: Math.max(Math.floor(image), 200), exemplar };
}

export function FilterPage() {
  const here = inspected.value;
  const page = useRef<HTMLDivElement>(null);
  // Another filter is seen from its image on.
  useLayoutEffect(
    () => page.current?.closest("main")?.scrollTo?.(0, 0),
    [here?.key, here?.tag],
  );
  const series = shownSeries.value;
  const [of, tag] = [run.value, layer.value];
  if (!here || !of || !tag) {
    return (
      <p class="note">
        No filter is selected. <Back />
      </p>
    );
  }
  const { image, exemplar } = sizes();
  const { key, epoch: at } = here;
  const about = series?.layer[series.epochs.indexOf(at)];
  const props = { run: of, layer: tag, filter: key, at };
  const whole = (tag.layer_filters ?? 0) <= (series?.keys.length ?? 0);
  // Logs without the places of exemplars have no whole inputs either.
  const exemplars = known(here)?.[1];
  const parts = exemplars !== undefined && !exemplars.places;
  if (series && !series.keys.includes(key)) {
    return (
      <p class="note">
        The layer {tag.tag} has no filter {filterName(key)} in this log.{" "}
        <Back />
      </p>
    );
  }
  return (
    <div
      class={isNarrow() ? "filter-page narrow" : "filter-page"}
      data-testid="filter-page"
      ref={page}
    >
      <div class="filter-head">
        <button
          type="button"
          onClick={() => update({ view: "grid" })}
          title="Back to the layer (Esc)"
        >
          <Icon name="previous" size={16} /> {tag.tag}
        </button>
        <h2>Filter {filterName(key)}</h2>
        <Step by={-1} from={key} />
        <Step by={1} from={key} />
        <span class="meta" title={of.label}>
          {of.name} · {stepLabel(at, stepUnit.value)}
        </span>
      </div>
      <div class="filter-columns">
        <div class="filter-image" style={{ width: `${image}px` }}>
          <FilterImage {...here} filter={key} size={image} />
          <ChannelLegend />
        </div>
        <div class="filter-about">
          {series && (
            <ul class="about-filter" data-testid="about-filter">
              {aboutFilter(series, key, at).map((text) => (
                <li key={text}>{text}</li>
              ))}
              <Agreement here={here} />
            </ul>
          )}
          <ClassAndTwins here={here} />
          <FilterActions here={here} />
          <h3>
            {parts ? "Parts of real inputs" : "Real inputs"} that{" "}
            {isDead(key) ? "come closest to exciting it" : "excite it most"}
          </h3>
          <WholeInputs here={here} size={exemplar} />
          <ClassBars filter={key} />
        </div>
      </div>
      <AllSlices here={here} />
      {series && <FilterHistory {...props} series={series} />}
      <div class="filter-columns">
        {series && (
          <section aria-label="Measures">
            <h3>Measures, compared with the other filters</h3>
            <Bars series={series} filter={key} at={at} whole={whole} />
          </section>
        )}
        <div class="filter-about">
          <SimilarFilters {...props} />
          <FilterInputs here={here} size={72} />
          <FilterSettings about={about} />
        </div>
      </div>
    </div>
  );
}

function Back() {
  return (
    <button type="button" class="link" onClick={() => update({ view: "grid" })}>
      Select one in its layer
    </button>
  );
}

/** A button to the filter before or after. */
function Step({ by, from }: { by: number; from: string }) {
  const keys = shownKeys.value;
  const to = keys[keys.indexOf(from) + by];
  const name = by < 0 ? "Previous filter" : "Next filter";
  return (
    <button
      type="button"
      class="icon"
      aria-label={name}
      title={name}
      disabled={to === undefined}
      onClick={() => to !== undefined && update({ filter: to })}
    >
      <Icon name={by < 0 ? "previous" : "next"} size={16} />
    </button>
  );
}
