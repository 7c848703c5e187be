/** The layers of the network at one epoch: from strokes to parts. */
import type { Layer, Run, Series } from "../api";
import { epoch, isLogged, run, series } from "../logs";
import { state, update } from "../state";
import { summary } from "../summary";
import { TileButton } from "../tile_button";

const MOST = 12; // filters of each layer that are shown

/**
 * The most telling filters: alive, and excited most by the data itself; without
 * a probe, by their images. (A score far above the data's maximum would single
 * out the least natural images.)
 */
export function mostTelling(found: Series, at: number): string[] {
  const column = found.epochs.indexOf(at);
  const measure = found.values["data_max"] ?? found.values["score"];
  const value = (row: number) => {
    const most = measure?.[row]?.[column];
    if (most === null || most === undefined) return -Infinity;
    return most + (found.status[row]?.[column] === "ok" ? 1e6 : 0);
  };
  return found.keys
    .map((key, row): [string, number] => [key, value(row)])
    .sort((a, b) => b[1] - a[1])
    .slice(0, MOST)
    .map(([key]) => key);
}

export function Layers() {
  const of = run.value;
  const at = epoch.value;
  if (!of || at === null) return null;
  return (
    <div class="layers">
      {of.layers.map((layer) => (
        <LayerRow key={layer.tag} of={of} layer={layer} at={at} />
      ))}
    </div>
  );
}

function LayerRow({ of, layer, at }: { of: Run; layer: Layer; at: number }) {
  const logged = isLogged(layer, at);
  const found = logged ? series(of, layer, at, true).value : null;
  const column = found?.epochs.indexOf(at) ?? -1;
  return (
    <section class="card" aria-label={layer.tag}>
      <h2>
        <button
          type="button"
          class="link"
          onClick={() =>
            update({ layer: layer.tag, view: "grid", filter: null })
          }
        >
          {layer.tag}
        </button>
        <span class="meta">
          {layer.layer_type ?? ""} {layer.layer_filters ?? ""} filters
          {found && logged ? ` · ${summary(found, at)}` : ""}
        </span>
      </h2>
      {logged === false && <p class="note">not logged at epoch {at}</p>}
      <div class="tiles">
        {logged &&
          found &&
          mostTelling(found, at).map((key) => {
            const row = found.keys.indexOf(key);
            return (
              <TileButton
                key={key}
                run={of.run}
                tag={layer.tag}
                epoch={at}
                filter={key}
                size={state.value.size}
                status={found.status[row]?.[column] ?? null}
                score={found.values["score"]?.[row]?.[column] ?? null}
                caption
              />
            );
          })}
      </div>
    </section>
  );
}
