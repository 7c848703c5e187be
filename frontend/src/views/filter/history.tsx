/** The history of a filter: its images over epochs, and the run's loss. */
import type { Layer, Run, Series } from "../../api/types";
import { Chart } from "../../components/chart";
import { Tile } from "../../components/tile";
import { losses } from "../../data/loss";
import { rowOf, settledSince, statusAt, valueAt } from "../../data/measures";
import { availableSpace } from "../../selection/available_space";
import { unitOf } from "../../selection/step_unit";

interface Props {
  run: Run;
  layer: Layer;
  series: Series;
  filter: string;
  at: number;
}

const MOST = 24; // images of a strip
const SIDE = 16; // pixels beside the page
const WIDEST = 720; // pixels of a chart

/** Picks evenly spaced items of a list, including both ends. */
export function spread<T>(all: T[], most: number): T[] {
  if (all.length <= most) return all;
  const step = (all.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, i) => all[Math.round(i * step)] as T);
}

export function FilterHistory({ run, layer, series, filter, at }: Props) {
  const { epochs } = layer;
  if (epochs.length < 2) return null;
  const row = rowOf(series, filter);
  const since = settledSince(series, filter, epochs);
  const line = (name: string) => ({
    name: name === "lift" ? "lift" : "share active",
    epochs: series.epochs,
    values: series.values[name]?.[row] ?? [],
  });
  const lift = series.values["lift"]?.flat().filter((v) => v !== null) ?? [];
  const most = Math.max(
    1,
    ...(series.values["lift"]?.[row] ?? []).filter((v) => v !== null),
  );
  // Keras counts the loss by epochs.
  const loss = unitOf(series) === "epoch" ? losses(run, layer) : [];
  const all = loss.flatMap(({ values }) => values);
  const spans = [...series.epochs, ...loss.flatMap(({ steps }) => steps)];
  const width = Math.min(availableSpace.value.width - 2 * SIDE, WIDEST);
  return (
    <section aria-label="History" data-testid="history">
      <h3>History</h3>
      <div class="tiles">
        {spread(epochs, MOST).map((epoch) => (
          <Tile
            key={epoch}
            run={run.run}
            tag={layer.tag}
            epoch={epoch}
            filter={filter}
            size={64}
            status={statusAt(series, filter, epoch)}
            score={valueAt(series, "score", filter, epoch)}
            settled={valueAt(series, "settled", filter, epoch)}
            lined
            line={epoch === since && statusAt(series, filter, epoch) !== "dead"}
            caption={String(epoch)}
            tabbable={epoch === at}
          />
        ))}
      </div>
      <div class="charts">
        {lift.length > 0 && (
          <Chart
            label="Lift of the image (1: the best real input)"
            lines={[line("lift")]}
            current={at}
            range={[0, most]}
            spans={spans}
            width={width}
          />
        )}
        {all.length > 0 && (
          <Chart
            label="Loss of the run"
            lines={loss.map(({ name, steps, values }) => ({
              name,
              epochs: steps,
              values,
            }))}
            current={at}
            range={[Math.min(...all), Math.max(...all)]}
            spans={spans}
            width={width}
          />
        )}
      </div>
    </section>
  );
}
