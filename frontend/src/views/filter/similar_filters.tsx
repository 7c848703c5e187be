/** Filters with similar responses, in this layer and in other runs. */
import { decimals } from "../../render/format";
import type { Layer, Run } from "../../api/types";
import { Middle } from "../../components/middle";
import { Tile } from "../../components/tile";
import { LEAST_CORRELATION, matching, nearestTo } from "../../data/matches";
import { shownRelations, twinsOf } from "../../selection/shown_relations";
import { upTo } from "../../selection/shown_cells";
import { comparableRuns } from "../../selection/other_run";
import { update } from "../../state/state";

interface Props {
  run: Run;
  layer: Layer;
  filter: string;
  at: number;
}

const MOST = 8; // other runs

export function SimilarFilters({ run, layer, filter, at }: Props) {
  const known = shownRelations.value;
  const twins =
    twinsOf.value.get(filter)?.filter((key) => key !== filter) ?? [];
  const place = known?.keys.indexOf(filter) ?? -1;
  const nearest = known?.nearest[place] ?? null;
  const shown = twins.length ? twins : nearest === null ? [] : [nearest];
  const elsewhere = comparableRuns(run, layer.tag)
    .shown.filter((one) => one !== run)
    .flatMap((one) => {
      const there = one.layers.find(({ tag }) => tag === layer.tag);
      return there ? [[one, there] as const] : [];
    })
    .slice(0, MOST);
  return (
    <section aria-label="Similar filters" data-testid="similar-filters">
      <h3>Similar filters</h3>
      <div class="tiles">
        {shown.map((key) => (
          <Tile
            key={key}
            run={run.run}
            tag={layer.tag}
            epoch={at}
            filter={key}
            size={72}
            status={null}
            score={null}
            caption={
              twins.length
                ? `twin ${key}`
                : `${key} · r ${decimals(known?.r[place] ?? 0)}`
            }
          />
        ))}
        {elsewhere.map(([other, there]) => (
          <Elsewhere
            key={other.run}
            run={run}
            layer={layer}
            filter={filter}
            at={at}
            other={other}
            there={there}
          />
        ))}
      </div>
      {elsewhere.length > 0 && (
        <button
          type="button"
          class="link"
          onClick={() => update({ view: "across" })}
        >
          In all runs, over time
        </button>
      )}
    </section>
  );
}

interface ElsewhereProps extends Props {
  other: Run;
  there: Layer;
}

function Elsewhere(props: ElsewhereProps) {
  const { run, layer, filter, at, other, there } = props;
  const step = upTo(there, at);
  const found = matching(
    { run: run.run, tag: layer.tag, step: at, stamp: layer.stamp },
    { run: other.run, tag: there.tag, step, stamp: there.stamp },
  ).value;
  const nearest = found && nearestTo(found, filter);
  if (!nearest || nearest.r < LEAST_CORRELATION) return null;
  return (
    <div>
      <Tile
        run={other.run}
        tag={there.tag}
        epoch={step}
        filter={nearest.key}
        size={72}
        status={null}
        score={null}
        caption={`${nearest.key} · r ${decimals(nearest.r)}`}
        of={other.name}
      />
      <span class="caption" aria-hidden="true" title={other.label}>
        <Middle text={other.name} />
      </span>
    </div>
  );
}
