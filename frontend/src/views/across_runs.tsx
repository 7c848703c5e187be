/** One filter and the nearest of each other run, over epochs. */
import { decimals, listed } from "../render/format";
import type { Layer, Run } from "../api/types";
import { Chart } from "../components/chart";
import { epoch, layer, run, shownSeries } from "../selection/shown";
import { series } from "../data/series";
import { rowOf as rowOfKey } from "../data/measures";
import {
  LEAST_CORRELATION,
  matching,
  nearestTo,
  similarity,
  type Stamped,
} from "../data/matches";
import { upTo } from "../selection/shown_cells";
import { comparableRuns } from "../selection/other_run";
import {
  chartPlace,
  imageSize,
  type ChartPlace,
} from "../selection/image_size";
import { Matrix } from "../components/matrix";
import { Middle } from "../components/middle";
import { state, update } from "../state/state";
import { RunsPages } from "./runs_pages";
import { Tile } from "../components/tile";
import { stepUnit } from "../selection/step_unit";

interface Row {
  of: Run;
  layer: Layer;
  /** The filter that responds most like it; `null` until it is known. */
  key: string | null;
  r: number | null;
  reason: string | null;
  known: boolean;
}

function stamped({ run: of }: Run, { tag, stamp }: Layer) {
  return { run: of, tag, stamp };
}

function rowOf(
  of: Run,
  tag: Layer,
  own: Stamped,
  key: string,
  at: number,
): Row {
  if (of.run === own.run) {
    return { of, layer: tag, key, r: null, reason: null, known: true };
  }
  const other = { ...stamped(of, tag), step: upTo(tag, at) };
  const found = matching(own, other).value;
  if (!found) {
    return { of, layer: tag, key: null, r: null, reason: null, known: false };
  }
  if (found.reason !== null) {
    const logged = series(of, tag, other.step, true).value;
    const gone = logged !== null && rowOfKey(logged, key) < 0;
    const same = gone ? null : key;
    const { reason } = found;
    return { of, layer: tag, key: same, r: null, reason, known: true };
  }
  const match = nearestTo(found, key);
  return {
    of,
    layer: tag,
    key: match?.key ?? null,
    r: match?.r ?? null,
    reason: null,
    known: true,
  };
}

export function AcrossRuns() {
  const own = run.value;
  const tag = layer.value?.tag;
  const at = epoch.value;
  const key = state.value.filter ?? shownSeries.value?.keys[0];
  if (!own || !layer.value || !tag || at === null || key === undefined) {
    return null;
  }
  const side = { ...stamped(own, layer.value), step: upTo(layer.value, at) };
  const rows: Row[] = [];
  const { shown, leftOut } = comparableRuns(own, tag);
  for (const of of shown) {
    const there = of.layers.find((one) => one.tag === tag);
    if (there) rows.push(rowOf(of, there, side, key, at));
  }
  rows.sort((a, b) => Number(b.of === own) - Number(a.of === own));
  const epochs = [...new Set(rows.flatMap((row) => row.layer.epochs))].sort(
    (a, b) => a - b,
  );
  const others = rows.filter((row) => row.of !== own);
  const reasons = new Set(others.map((row) => row.reason));
  const chart = chartPlace.value;
  const { place } = chart;
  return (
    <div
      class={`filling chart-${place}`}
      style={{
        right: place === "beside" ? `${chart.room}px` : "",
        bottom: place === "below" ? `${chart.room}px` : "",
      }}
      data-testid="across-runs"
    >
      <div class="about">
        <div>
          <div class="row">
            <RunsPages />
            <FilterChoice shown={key} />
          </div>
          <p class="note">
            {others.length
              ? `Each row shows the filter of another run that responds most like it
                to the same data at ${stepUnit.value.unit} ${at}. r is the correlation of
                the responses.`
              : `No other run of this network has a layer ${tag}.`}
          </p>
          {leftOut.length > 0 && (
            <p class="note" data-testid="left-out">
              {leftOut.length === 1
                ? `1 run of another network or probe also has a layer ${tag}; it is left out.`
                : `${leftOut.length} runs of other networks or probes also have a layer ${tag}; they are left out.`}
            </p>
          )}
          {[...reasons].map(
            (reason) =>
              reason !== null && (
                <p class="note" key={reason} data-testid="reason">
                  Paired by number with {namesOf(reason, others)}: {reason}
                </p>
              ),
          )}
        </div>
        <Similarity side={side} rows={others} place={chart} />
      </div>
      <Matrix
        label={`Filter ${key} of ${tag} across runs`}
        corner={`Run / ${stepUnit.value.unit}`}
        size={imageSize.value}
        rows={rows.map((row) => ({
          id: row.of.run,
          header: <Header row={row} own={own.run} tag={tag} at={at} />,
        }))}
        columns={epochs.map((one) => ({ id: String(one), header: one }))}
        cell={(place, column) => {
          const row = rows[place];
          if (!row || row.key === null) return null;
          const one = epochs[column] ?? 0;
          return (
            <Tile
              run={row.of.run}
              tag={tag}
              epoch={one}
              filter={row.key}
              size={imageSize.value}
              status={null}
              score={null}
              tabbable={place === 0 && one === at}
            />
          );
        }}
      />
    </div>
  );
}

const MOST_NAMED = 3; // runs

/** Names the runs of a reason: "a, b and c", "12 runs", "all other runs". */
function namesOf(reason: string, others: Row[]): string {
  const of = others.filter((row) => row.reason === reason);
  if (of.length === others.length && of.length > 1) return "all other runs";
  return of.length > MOST_NAMED
    ? `${of.length} runs`
    : listed(of.map((row) => row.of.name));
}

function FilterChoice({ shown }: { shown: string }) {
  return (
    <label class="choice">
      Filter
      <select
        data-testid="filter"
        value={shown}
        onChange={(event) => update({ filter: event.currentTarget.value })}
      >
        {shownSeries.value?.keys.map((key) => (
          <option key={key} value={key}>
            {key}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Describes the nearest filter: "filter 12, r 0.93". */
function describeNearest(key: string | null, r: number | null): string {
  if (key === null) return "no responses to compare";
  if (r === null) return `filter ${key}`;
  return r < LEAST_CORRELATION
    ? `none responds like it; nearest ${key}, r ${decimals(r)}`
    : `filter ${key}, r ${decimals(r)}`;
}

/** What stands below the name of a run. */
function described(row: Row, own: string, mine: string): string {
  if (row.of.run === own) return `filter ${mine}`;
  if (!row.known) return "comparing …";
  return row.reason !== null && row.key === null
    ? `no filter ${mine}`
    : describeNearest(row.key, row.r);
}

interface HeaderProps {
  row: Row;
  own: string;
  tag: string;
  at: number;
}

function Header({ row, own, tag, at }: HeaderProps) {
  const { key, of } = row;
  const place = (of: string, filter: string) => ({
    run: of,
    tag,
    epoch: at,
    key: filter,
  });
  const mine = state.value.filter ?? shownSeries.value?.keys[0] ?? "";
  return (
    <span data-testid="match">
      <b title={of.label}>
        <Middle text={of.name} />
      </b>
      <span class="meta">{described(row, own, mine)}</span>{" "}
      {of.run !== own && key !== null && (
        <button
          type="button"
          class="link"
          aria-label={`Compare with ${of.label}`}
          onClick={() =>
            update({
              a: place(own, mine),
              b: place(of.run, key),
              view: "compare",
            })
          }
        >
          Compare
        </button>
      )}
    </span>
  );
}

const PADDING = { width: 48, height: 88 }; // beside the chart, and above it

/** The similarity of whole layers over epochs. */
function Similarity(props: { side: Stamped; rows: Row[]; place: ChartPlace }) {
  const { side, rows } = props;
  const { place, width, height } = props.place;
  const lines = rows.map(({ of, layer: there }) => {
    const other = { ...stamped(of, there), step: 0 };
    const found = similarity(side, other).value;
    return {
      name: of.name,
      epochs: found?.epochs ?? [],
      values: found?.cka ?? [],
    };
  });
  return (
    <Chart
      label="Similarity of the layers (linear CKA)"
      lines={lines}
      current={side.step}
      range={[0, 1]}
      write={decimals}
      width={place === "above" ? width : width - PADDING.width}
      height={place === "above" ? height : height - PADDING.height}
    />
  );
}
