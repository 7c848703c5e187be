/** Filters down, epochs across. */
import { shownKeys } from "../filters";
import { epoch, layer, run, shownSeries } from "../logs";
import { Matrix } from "../matrix";
import { state, update } from "../state";
import { TileButton } from "../tile_button";

export function OverTime() {
  const series = shownSeries.value;
  const of = run.value;
  const tag = layer.value?.tag;
  if (!of || !tag || !series) return null;
  const keys = shownKeys.value;
  const { epochs } = layer.value ?? { epochs: [] };
  return (
    <Matrix
      label={`Filters of ${tag} over epochs`}
      corner="Filter"
      size={state.value.size}
      rows={keys.map((key) => ({ id: key, header: key }))}
      columns={epochs.map((at) => ({
        id: String(at),
        header: (
          <button
            type="button"
            class={`epoch-head${at === epoch.value ? " current" : ""}`}
            aria-label={`Epoch ${at}`}
            onClick={() => update({ epoch: at })}
          >
            {at}
          </button>
        ),
      }))}
      cell={(row, column) => {
        const key = keys[row] ?? "";
        const at = epochs[column] ?? 0;
        const line = series.keys.indexOf(key);
        const place = series.epochs.indexOf(at);
        return (
          <TileButton
            run={of.run}
            tag={tag}
            epoch={at}
            filter={key}
            size={state.value.size}
            status={series.status[line]?.[place] ?? null}
            score={series.values["score"]?.[line]?.[place] ?? null}
            settled={series.values["settled"]?.[line]?.[place] ?? null}
          />
        );
      }}
    />
  );
}
