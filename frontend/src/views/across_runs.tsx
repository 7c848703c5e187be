/** One filter and its counterpart in each other run, over epochs. */
import type { Layer, Run } from "../api";
import { epoch, layer, run, runs, shownSeries } from "../logs";
import { ALIKE, likeness, matching, type Side } from "../matches";
import { Matrix } from "../matrix";
import { Sparkline } from "../sparkline";
import { state } from "../state";
import { TileButton } from "../tile_button";

interface Row {
  of: Run;
  layer: Layer;
  /** The filter shown, or `null` while it is looked for. */
  key: string | null;
  r: number | null;
  reason: string | null;
}

/** The newest epoch of a layer that is not after another. */
function upTo(tag: Layer, at: number): number {
  if (at >= tag.last) return tag.last;
  return tag.epochs.filter((one) => one <= at).at(-1) ?? tag.epochs[0] ?? 0;
}

function rowOf(of: Run, tag: Layer, own: Side, key: string, at: number): Row {
  if (of.run === own.run) {
    return { of, layer: tag, key, r: null, reason: null };
  }
  const other = { run: of.run, tag: tag.tag, step: upTo(tag, at) };
  const found = matching(own, other).value;
  if (!found) return { of, layer: tag, key: null, r: null, reason: null };
  if (found.reason !== null) {
    return { of, layer: tag, key, r: null, reason: found.reason };
  }
  const pair = found.pairs.find((one) => one.key === key);
  const r = pair?.r ?? null;
  return { of, layer: tag, key: pair?.other ?? null, r, reason: null };
}

export function AcrossRuns() {
  const own = run.value;
  const tag = layer.value?.tag;
  const at = epoch.value;
  const key = state.value.filter ?? shownSeries.value?.keys[0];
  if (!own || !layer.value || !tag || at === null || key === undefined) {
    return null;
  }
  const side = { run: own.run, tag, step: upTo(layer.value, at) };
  const rows: Row[] = [];
  for (const of of runs.value) {
    const there = of.layers.find((one) => one.tag === tag);
    if (there) rows.push(rowOf(of, there, side, key, at));
  }
  rows.sort((a, b) => Number(b.of === own) - Number(a.of === own));
  const epochs = [...new Set(rows.flatMap((row) => row.layer.epochs))].sort(
    (a, b) => a - b,
  );
  const reasons = [...new Set(rows.map((row) => row.reason).filter(Boolean))];
  return (
    <div class="filling" data-testid="across-runs">
      <p class="note">
        Filter {key} of {tag} in {own.label}, and in each other run the filter
        that responds most like it to the same data at epoch {at}; r is the
        correlation of their responses.
      </p>
      {reasons.map((reason) => (
        <p class="note" key={reason} data-testid="reason">
          Filters are put side by side by their number: {reason}
        </p>
      ))}
      <Likeness side={side} rows={rows.filter((row) => row.of !== own)} />
      <Matrix
        label={`Filter ${key} of ${tag} across runs`}
        corner="Run"
        size={state.value.size}
        rows={rows.map((row) => ({
          id: row.of.run,
          header: <Header row={row} own={row.of === own} />,
        }))}
        columns={epochs.map((one) => ({ id: String(one), header: one }))}
        cell={(place, column) => {
          const row = rows[place];
          if (!row || row.key === null) return null;
          return (
            <TileButton
              run={row.of.run}
              tag={tag}
              epoch={epochs[column] ?? 0}
              filter={row.key}
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

function Header({ row, own }: { row: Row; own: boolean }) {
  const { key, r } = row;
  const text =
    key === null && r === null
      ? "no counterpart"
      : r === null
        ? `filter ${key}`
        : r < ALIKE
          ? `no counterpart: the nearest, filter ${key}, has r ${r.toFixed(2)}`
          : `filter ${key}, r ${r.toFixed(2)}`;
  return (
    <span data-testid="counterpart">
      <b>{row.of.label}</b>
      <br />
      <span class="meta">{own ? `filter ${key}` : text}</span>
    </span>
  );
}

/** How alike the layers are as a whole, over epochs. */
function Likeness({ side, rows }: { side: Side; rows: Row[] }) {
  return (
    <div class="curves">
      {rows.map(({ of, layer: there }) => {
        const other = { run: of.run, tag: there.tag, step: 0 };
        const found = likeness(side, other, there.stamp).value;
        if (!found?.epochs.length) return null;
        return (
          <Sparkline
            key={of.run}
            label={`Likeness of the layers (CKA), ${of.label}`}
            epochs={found.epochs}
            values={found.cka}
            current={side.step}
          />
        );
      })}
    </div>
  );
}
