/** All layers of the network at one epoch. */
import type { Layer, Run, Series } from "../api/types";
import { epoch, run } from "../selection/shown";
import { isLogged } from "../data/runs";
import { series } from "../data/series";
import { statusAt, valueAt } from "../data/measures";
import { Sparkline } from "../components/sparkline";
import { state, update } from "../state/state";
import { shares, summary } from "../data/summary";
import { Tile } from "../components/tile";
import { stepUnit } from "../selection/step_unit";

const FEW = 20_000; // most filters times epochs to fetch for the curves
const LONG = 4; // most layers with all their rows in view
const MOST = 16; // filters of each layer that are shown

/**
 * Returns the filters to show: those that the data excites most, or without
 * a probe, their images, and dead ones last. (A score far above the maximum of
 * the data would select the least natural images.)
 */
export function mostActivated(found: Series, at: number): string[] {
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
    <div class={of.layers.length > LONG ? "layers" : "layers roomy"}>
      {of.layers.map((layer) => (
        <LayerRow key={layer.tag} of={of} layer={layer} at={at} />
      ))}
    </div>
  );
}

/** Whether all epochs of all layers are few enough to fetch for curves. */
function isSmall({ layers }: Run): boolean {
  const sizes = layers.map(
    ({ layer_filters, epochs }) => (layer_filters ?? 64) * epochs.length,
  );
  return sizes.reduce((a, b) => a + b, 0) <= FEW;
}

function LayerRow({ of, layer, at }: { of: Run; layer: Layer; at: number }) {
  const logged = isLogged(layer, at);
  const found = logged ? series(of, layer, at, !isSmall(of)).value : null;
  const shown = found && logged ? mostActivated(found, at) : [];
  return (
    <section class="card" aria-label={layer.tag} data-testid="layer-card">
      <div class="card-head">
        <h2>
          <button
            type="button"
            class="link"
            title="Show all filters of this layer"
            onClick={() =>
              update({ layer: layer.tag, view: "grid", filter: null })
            }
          >
            {layer.tag}
          </button>
        </h2>
        <span class="meta">
          {layer.layer_type ?? "Layer"}, {layer.layer_filters ?? "?"} filters
          {found && logged ? ` · ${summary(found, at)}` : ""}
        </span>
        {found && <Shares series={found} at={at} />}
      </div>
      {layer.fault && <p class="note">{layer.fault}</p>}
      {logged === false && (
        <p class="note">
          not logged at {stepUnit.value.unit} {at}
        </p>
      )}
      <div class="tiles">
        {found &&
          shown.map((key, place) => (
            <Tile
              key={key}
              run={of.run}
              tag={layer.tag}
              epoch={at}
              filter={key}
              size={state.value.size}
              status={statusAt(found, key, at)}
              score={valueAt(found, "score", key, at)}
              settled={valueAt(found, "settled", key, at)}
              caption={key}
              tabbable={place === 0}
            />
          ))}
      </div>
    </section>
  );
}

/** The shares of settled, dead and weak filters over epochs. */
function Shares({ series, at }: { series: Series; at: number }) {
  const curves = shares(series);
  return (
    <div class="shares">
      {Object.entries(curves).map(([name, values]) => (
        <Sparkline
          key={name}
          label={name}
          epochs={series.epochs}
          values={values}
          current={at}
          range={[0, 1]}
          width={88}
          text={(value) => `${Math.round(100 * value)} %`}
        />
      ))}
    </div>
  );
}
