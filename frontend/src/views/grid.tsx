/** All filters of a layer at one epoch. */
import { epoch, layer, run, shownSeries } from "../logs";
import { shownKeys } from "../filters";
import { state } from "../state";
import { summary } from "../summary";
import { TileButton } from "../tile_button";

export function Grid() {
  const series = shownSeries.value;
  const at = epoch.value;
  if (!run.value || !layer.value || at === null) return null;
  if (!series) return <Skeleton count={layer.value.layer_filters ?? 16} />;
  const column = series.epochs.indexOf(at);
  const keys = shownKeys.value;
  if (!keys.length) {
    return (
      <p class="note" data-testid="message">
        No filter of {layer.value.tag} matches “{state.value.search}”.
      </p>
    );
  }
  const { tag } = layer.value;
  const name = run.value.run;
  return (
    <>
      <p class="note" data-testid="summary">
        {summary(series, at)}
      </p>
      <div
        class="tiles"
        role="group"
        aria-label={`Filters of ${tag} at epoch ${at}`}
      >
        {keys.map((key) => {
          const row = series.keys.indexOf(key);
          return (
            <TileButton
              key={key}
              run={name}
              tag={tag}
              epoch={at}
              filter={key}
              size={state.value.size}
              status={series.status[row]?.[column] ?? null}
              score={series.values["score"]?.[row]?.[column] ?? null}
              settled={series.values["settled"]?.[row]?.[column] ?? null}
              caption
            />
          );
        })}
      </div>
    </>
  );
}

function Skeleton({ count }: { count: number }) {
  const size = `${state.value.size}px`;
  return (
    <div class="tiles" aria-busy="true" aria-label="Loading">
      {Array.from({ length: Math.min(count, 64) }, (_, i) => (
        <div
          key={i}
          class="picture loading"
          style={{ width: size, height: size }}
        />
      ))}
    </div>
  );
}
