/** Filters in rows, epochs in columns. */
import type { Series } from "../api/types";
import { ranks, shownKeys } from "../selection/order";
import { epoch, epochs, layer, run, shownSeries } from "../selection/shown";
import { NoFilterFound } from "../components/messages";
import { filtersBeside, imageSize } from "../selection/image_size";
import { Matrix } from "../components/matrix";
import { isWhole, settledSince, statusAt, valueAt } from "../data/measures";
import { epochChange } from "../selection/player";
import { state, update } from "../state/state";
import { MARKS, Tile } from "../components/tile";
import { plural, stepUnit, capitalized } from "../selection/step_unit";
import { captionOf } from "./grid";

export function OverTime() {
  const series = shownSeries.value;
  const of = run.value;
  const tag = layer.value?.tag;
  if (!of || !tag || !series) return null;
  const keys = shownKeys.value;
  if (!keys.length) return <NoFilterFound tag={tag} />;
  const { filter } = state.value;
  const logged = epochs.value;
  const size = imageSize.value;
  const stop = Math.max(keys.indexOf(filter ?? ""), 0);
  return (
    <div class="filling">
      {series.values["drift"] && (
        <p class="note slim">
          The bar below each image shows its change since the previous{" "}
          {stepUnit.value.unit}; a line before an image, that the filter has
          settled.
        </p>
      )}
      <Matrix
        label={`Filters of ${tag} over ${plural()}`}
        corner={`Filter / ${stepUnit.value.unit}`}
        size={size}
        beside={filtersBeside.value}
        chosen={filter === null ? -1 : keys.indexOf(filter)}
        rows={keys.map((key) => ({
          id: key,
          header: <Header filter={key} series={series} />,
        }))}
        columns={logged.map((at) => ({
          id: String(at),
          header: (
            <button
              type="button"
              class={`epoch-head${at === epoch.value ? " current" : ""}`}
              aria-label={`${capitalized()} ${at}`}
              aria-pressed={at === epoch.value}
              onClick={() => update(epochChange(at))}
            >
              {at}
            </button>
          ),
        }))}
        cell={(row, column) => {
          const key = keys[row] ?? "";
          const at = logged[column] ?? 0;
          const status = statusAt(series, key, at);
          const settled = valueAt(series, "settled", key, at);
          return (
            <Tile
              run={of.run}
              tag={tag}
              epoch={at}
              filter={key}
              size={size}
              status={status}
              score={valueAt(series, "score", key, at)}
              settled={settled}
              line={
                status !== "dead" && settledSince(series, key, logged) === at
              }
              lined
              change={valueAt(series, "drift", key, at)}
              tabbable={row === stop && at === epoch.value}
            />
          );
        }}
      />
    </div>
  );
}

function Header({ filter, series }: { filter: string; series: Series }) {
  const since = settledSince(series, filter, epochs.value);
  const status = statusAt(series, filter, epoch.value);
  return (
    <span>
      <b>{captionOf(filter, ranks.value)}</b>
      <span class="meta" data-testid="settling">
        {status !== null && status in MARKS
          ? status
          : since !== null
            ? `settled at ${since}`
            : series.values["settled"] && isWhole(series, epochs.value)
              ? "not settled"
              : ""}
      </span>
    </span>
  );
}
