/** A summary of the layer, in the inspector while no filter is selected. */
import { Breakable } from "../components/breakable";
import { CopyLink } from "../components/copy_link";
import { Averaged } from "../components/exemplars";
import { HealthBar } from "../components/health_bar";
import { Sparkline } from "../components/sparkline";
import { health, shares, spoken } from "../data/summary";
import { SaveMenu } from "../export/menu";
import { epochToRead, layer, run, shownSeries } from "../selection/shown";
import { state } from "../state/state";

export function AboutLayer() {
  const series = shownSeries.value;
  const at = epochToRead.value;
  const overlaid = state.value.exemplars;
  const counts = series && at !== null ? health(series, at) : null;
  return (
    <>
      {layer.value && (
        <>
          <h2>
            <Breakable text={layer.value.tag} />
          </h2>
          <p class="meta">
            {layer.value.layer_type ?? "Layer"} of{" "}
            <span title={run.value?.label}>{run.value?.name}</span>
          </p>
        </>
      )}
      {series && at !== null && run.value && layer.value && (
        <div class="actions">
          <SaveMenu
            layer={{ run: run.value.run, tag: layer.value.tag, epoch: at }}
          />
          <CopyLink />
        </div>
      )}
      {series && counts && (
        <div class="layer-health">
          <HealthBar counts={counts} />
          <p class="meta">{spoken(counts)}</p>
          <div class="shares">
            {Object.entries(shares(series)).map(([name, values]) => (
              <Sparkline
                key={name}
                label={name}
                epochs={series.epochs}
                values={values}
                current={at}
                range={[0, 1]}
                text={(value) => `${Math.round(100 * value)} %`}
              />
            ))}
          </div>
        </div>
      )}
      {series && at !== null && run.value && layer.value && overlaid && (
        <Averaged
          here={{
            run: run.value.run,
            tag: layer.value.tag,
            epoch: at,
            key: series.keys[0] ?? "",
          }}
        />
      )}
      <p class="note">
        Select a filter to enlarge it and to see its exemplars.
      </p>
    </>
  );
}
