/** A summary of the layer, in the inspector while no filter is selected. */
import { HealthBar } from "../components/health_bar";
import { Sparkline } from "../components/sparkline";
import { health, shares, spoken } from "../data/summary";
import { epoch, layer, run, shownSeries } from "../selection/shown";

export function AboutLayer() {
  const series = shownSeries.value;
  const at = epoch.value;
  return (
    <>
      {layer.value && (
        <>
          <h2>{layer.value.tag}</h2>
          <p class="meta">
            {layer.value.layer_type ?? "Layer"} of{" "}
            <span title={run.value?.label}>{run.value?.name}</span>
          </p>
        </>
      )}
      {series && at !== null && (
        <div class="layer-health">
          <HealthBar counts={health(series, at)} />
          <p class="meta">{spoken(health(series, at))}</p>
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
      <p class="note">
        Select a filter to enlarge it and to see its exemplars.
      </p>
    </>
  );
}
