/** One filter in all runs, over epochs. */
import { layer, runs, shownSeries } from "../logs";
import { Matrix } from "../matrix";
import { state } from "../state";
import { TileButton } from "../tile_button";

export function AcrossRuns() {
  const tag = layer.value?.tag;
  const key = state.value.filter ?? shownSeries.value?.keys[0];
  if (!tag || key === undefined) return null;
  const having = runs.value
    .map((of) => ({ of, layer: of.layers.find((l) => l.tag === tag) }))
    .filter(({ layer }) => layer);
  const epochs = [
    ...new Set(having.flatMap(({ layer }) => layer?.epochs ?? [])),
  ].sort((a, b) => a - b);
  return (
    <div class="filling">
      <p class="note">
        Filter {key} of {tag} in each run. Filters are put side by side by their
        number: two trainings need not have learned the same thing in the same
        place.
      </p>
      <Matrix
        label={`Filter ${key} of ${tag} across runs`}
        corner="Run"
        size={state.value.size}
        rows={having.map(({ of }) => ({ id: of.run, header: of.label }))}
        columns={epochs.map((at) => ({ id: String(at), header: at }))}
        cell={(row, column) => {
          const at = epochs[column] ?? 0;
          return (
            <TileButton
              run={having[row]?.of.run ?? ""}
              tag={tag}
              epoch={at}
              filter={key}
              size={state.value.size}
              status={null}
              score={null}
            />
          );
        }}
      />
    </div>
  );
}
