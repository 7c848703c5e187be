/** Filters down, epochs across. */
import type { Series } from "../api";
import { ranks, shownKeys } from "../filters";
import { epoch, layer, run, shownSeries } from "../logs";
import { NoMatch } from "../messages";
import { Matrix } from "../matrix";
import { settledSince, statusAt, valueAt } from "../measures";
import { standOn } from "../player";
import { state, update } from "../state";
import { TileButton } from "../tile_button";
import { many, moment, title } from "../unit";
import { captionOf } from "./grid";

export function OverTime() {
  const series = shownSeries.value;
  const of = run.value;
  const tag = layer.value?.tag;
  if (!of || !tag || !series) return null;
  const keys = shownKeys.value;
  const { epochs } = layer.value ?? { epochs: [] };
  if (!keys.length) return <NoMatch tag={tag} />;
  const { filter, size } = state.value;
  const stop = Math.max(keys.indexOf(filter ?? ""), 0);
  return (
    <div class="filling">
      {series.values["drift"] && (
        <p class="note slim">
          The bar under a picture is how much it changed since the{" "}
          {moment.value.unit} before.
        </p>
      )}
      <Matrix
        label={`Filters of ${tag} over ${many()}`}
        corner={`Filter / ${moment.value.unit}`}
        size={size}
        rows={keys.map((key) => ({
          id: key,
          header: <Header filter={key} series={series} />,
        }))}
        columns={epochs.map((at) => ({
          id: String(at),
          header: (
            <button
              type="button"
              class={`epoch-head${at === epoch.value ? " current" : ""}`}
              aria-label={`${title()} ${at}`}
              aria-pressed={at === epoch.value}
              onClick={() => update(standOn(at))}
            >
              {at}
            </button>
          ),
        }))}
        cell={(row, column) => {
          const key = keys[row] ?? "";
          const at = epochs[column] ?? 0;
          return (
            <TileButton
              run={of.run}
              tag={tag}
              epoch={at}
              filter={key}
              size={size}
              status={statusAt(series, key, at)}
              score={valueAt(series, "score", key, at)}
              settled={valueAt(series, "settled", key, at)}
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
  const since = settledSince(series, filter);
  const status = statusAt(series, filter, epoch.value);
  return (
    <span>
      <b>{captionOf(filter, ranks.value)}</b>
      <br />
      <span class="meta" data-testid="settling">
        {status === "dead" || status === "weak"
          ? status
          : since !== null
            ? `settled at ${since}`
            : series.values["settled"]
              ? "not settled"
              : ""}
      </span>
    </span>
  );
}
