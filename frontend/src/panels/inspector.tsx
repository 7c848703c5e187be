/** The details of one filter. */
import type { EventHeader } from "../api/event_header";
import type { Series } from "../api/types";
import { STATUS } from "../selection/about_filter";
import { inspectedPlace } from "../selection/inspected";
import { SaveMenu } from "../export/menu";
import { Icon } from "../components/icons";
import { CopyLink } from "../components/copy_link";
import { isWide } from "../selection/room";
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
import { Exemplars } from "../components/exemplars";
import { FilterInputs } from "../components/filter_inputs";
import { Sparkline } from "../components/sparkline";
import type { Place } from "../state/schema";
import { filterName, topClasses, twinsOf } from "../selection/kinship";
import { isPinned, state, togglePin, update } from "../state/state";
import { FilterImage } from "../components/filter_image";
import { plural, stepUnit, stepLabel } from "../selection/step_unit";

const SIDE = { usual: 234, wide: 362 }; // pixels of the image
const SCROLLBAR = 16;
const MOST_TWINS = 5; // twins of a filter that are named

/** On a narrow page it is a sheet at the foot, folded until it is asked for. */
const unfolded = signal(false);

export function Inspector() {
  const here = inspectedPlace();
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
  const row = rowOf(series, here.key);
  const about = series.layer[series.epochs.indexOf(here.epoch)];
  const status = statusAt(series, here.key, here.epoch) ?? "";
  const since = settledSince(series, here.key);
  const side = isWide.value ? SIDE.wide : SIDE.usual;
  return (
    <>
      <div class="inspector-title">
        <h2>
          {here.tag}, filter {filterName(here.key)}
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
          <FilterImage {...here} filter={here.key} size={side} />
        </button>
        <div>
          {STATUS[status] && <p class="warning">{STATUS[status]}</p>}
          <Kin here={here} />
          <Actions here={here} />
        </div>
        <Exemplars here={here} size={side - SCROLLBAR} />
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
        <Facts about={about} />
      </div>
    </>
  );
}

/** The class of most exemplars, and the twins: each finds its like. */
export function Kin({ here }: { here: Place }) {
  const top = topClasses.value.get(here.key);
  const group = twinsOf.value.get(here.key) ?? [];
  const twins = group.filter((key) => key !== here.key);
  const shown = twins.length > MOST_TWINS ? MOST_TWINS - 1 : twins.length;
  return (
    <p class="kin">
      {top && (
        <button
          type="button"
          class="chip"
          data-testid="class-chip"
          title={`Filters about class ${top.name}`}
          onClick={() =>
            update({
              view: "grid",
              sort: "class",
              search: `class ${top.name}`,
            })
          }
        >
          class {top.name}
          <span class="meta">
            {top.count} of {top.of}
          </span>
        </button>
      )}
      {twins.slice(0, shown).map((key) => (
        <button
          key={key}
          type="button"
          class="chip"
          title="It responds like this filter"
          onClick={() => update({ filter: key })}
        >
          twin {key}
        </button>
      ))}
      {shown < twins.length && (
        <button
          type="button"
          class="chip"
          title="All filters that respond like another one"
          onClick={() =>
            update({ view: "grid", sort: "twins", search: "twins" })
          }
        >
          {twins.length - shown} more
        </button>
      )}
    </p>
  );
}

export function Facts({ about }: { about: Partial<EventHeader> | undefined }) {
  const field = about?.receptive_field;
  return (
    <section>
      <h3>Settings</h3>
      <dl class="facts">
        <dt>Receptive field</dt>
        <dd>{field ? `${field.join(" × ")} px` : "the whole input"}</dd>
        {about?.value_range && (
          <>
            <dt>Black to white</dt>
            <dd>
              {about.value_range.map((v) => +v.toPrecision(3)).join(" to ")}
            </dd>
          </>
        )}
        {Object.entries(about?.settings ?? {}).map(([name, value]) => (
          <Fact key={name} name={name} value={value} />
        ))}
      </dl>
    </section>
  );
}

function Fact({ name, value }: { name: string; value: unknown }) {
  return (
    <>
      <dt>{name.replaceAll("_", " ")}</dt>
      <dd>
        {typeof value === "object" ? JSON.stringify(value) : String(value)}
      </dd>
    </>
  );
}

function isAt(
  slot: Place | null,
  { run: of, tag, epoch, key }: Place,
): boolean {
  return (
    slot?.run === of &&
    slot.tag === tag &&
    slot.epoch === epoch &&
    slot.key === key
  );
}

export function Actions({ here }: { here: Place }) {
  const { tag, key } = here;
  const first = epochs.value[0] ?? here.epoch;
  const newest = epochs.value.at(-1) ?? here.epoch;
  const other = here.epoch === first ? newest : first;
  const pinned = isPinned(tag, key);
  const { a, b } = state.value;
  return (
    <div class="actions">
      <button
        type="button"
        aria-pressed={pinned}
        title="Keep this filter visible in every view (p)"
        onClick={() => togglePin(tag, key)}
      >
        <Icon name={pinned ? "pinned" : "pin"} size={14} />
        {pinned ? "Pinned" : "Pin"}
      </button>
      <button
        type="button"
        aria-pressed={isAt(a, here)}
        title="Use as image A of the comparison (a)"
        onClick={() => update({ a: here })}
      >
        Set A
      </button>
      <button
        type="button"
        aria-pressed={isAt(b, here)}
        title="Use as image B of the comparison (b)"
        onClick={() => update({ b: here })}
      >
        Set B
      </button>
      {a && b && (
        <button
          type="button"
          class="wide"
          title="Compare the two images (c)"
          onClick={() => update({ view: "compare" })}
        >
          Compare A and B
        </button>
      )}
      {(a ?? b) && !(a && b) && (
        <p class="meta wide" role="status">
          {a ? "A" : "B"} is set. Select another image and set {a ? "B" : "A"}.
        </p>
      )}
      {other !== here.epoch && (
        <button
          type="button"
          class="wide"
          onClick={() =>
            update({ a: { ...here, epoch: other }, b: here, view: "compare" })
          }
        >
          Compare with {stepUnit.value.unit} {other}
        </button>
      )}
      <SaveMenu here={here} />
      <CopyLink />
    </div>
  );
}
