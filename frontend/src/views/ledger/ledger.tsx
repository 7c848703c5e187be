/** All filters of two runs, or of two epochs of one run, by their change. */
import { decimals } from "../../render/format";
import { useEffect, useState } from "preact/hooks";
import { CopyLink } from "../../components/copy_link";
import { SaveMenu } from "../../export/menu";
import { runs } from "../../data/runs";
import { BANDS, counts, type Band, type Bands } from "../../selection/bands";
import {
  commonReason,
  isAlone,
  keptBefore,
  knownLayers,
  leaveLedger,
  ledger,
  type Compared,
  type Version,
} from "../../selection/ledger";
import { capitalized, stepUnit } from "../../selection/step_unit";
import { state, update } from "../../state/state";
import { Averaged } from "../../components/exemplars";
import { Middle } from "../../components/middle";
import { RunsPages } from "../runs_pages";
import { ChangeCard } from "./change_card";
import { figureOf } from "./figure";

const MANY = 48; // cards of a band that are shown at first

const BANDS_IN_ORDER = Object.keys(BANDS) as Band[];

const MEANING: Record<Band, string> = {
  lost: "it has no match afterwards",
  new: "it had no match before",
  changed: "its match responds in part like it (r from .5 to .9)",
  kept: "its match responds like it (r of .9 or more)",
};

export function Ledger() {
  useEffect(() => leaveLedger, []);
  const shown = ledger.value;
  if (!shown) return null;
  const { before, after, all, chosen } = shown;
  const reason = commonReason(shown);
  return (
    <div class="ledger" data-testid="ledger">
      <div class="row">
        <RunsPages />
        {chosen?.bands && <SaveMenu ledger={figureOf(chosen, shown)} />}
        <CopyLink />
      </div>
      <div class="row sides">
        <Side
          name="Before"
          version={before}
          change={(run, epoch) => update({ against: { run, epoch } })}
        />
        <span aria-hidden="true">→</span>
        <Side
          name="After"
          version={after}
          change={(run, epoch) =>
            update({ run, epoch, against: keptBefore(shown, run) })
          }
        />
      </div>
      {!all.length && (
        <p class="note">
          The runs {before.run.name} and {after.run.name} have no layer in
          common.
        </p>
      )}
      {reason === null ? (
        <>
          <Layers all={all} chosen={chosen} itself={before.run === after.run} />
          {chosen ? (
            <Filters of={chosen} before={before} after={after} />
          ) : (
            all.length > 0 && (
              <p class="note">
                Comparing the layers: {knownLayers(shown)} of {all.length}. Then
                the one that changed most is shown; choose another at any time.
              </p>
            )
          )}
        </>
      ) : (
        <p class="note" data-testid="reason">
          {reason}{" "}
          {isAlone(after) && (
            <button
              type="button"
              class="link"
              onClick={() => update({ view: "compare" })}
            >
              Compare two filters
            </button>
          )}
        </p>
      )}
    </div>
  );
}

interface SideProps {
  name: string;
  version: Version;
  change: (run: string, epoch: number | null) => void;
}

function Side({ name, version: { run, epoch }, change }: SideProps) {
  const epochs = run.layers.find(({ fault }) => !fault)?.epochs ?? [];
  return (
    <span class="joined side" data-testid={`side-${name}`}>
      <b>{name}</b>
      <select
        aria-label={`${name}: run`}
        title={run.label}
        value={run.run}
        onChange={(event) => change(event.currentTarget.value, null)}
      >
        {runs.value.map((one) => (
          <option key={one.run} value={one.run} title={one.label}>
            {one.name}
          </option>
        ))}
      </select>
      <select
        aria-label={`${name}: ${stepUnit.value.unit}`}
        value={epoch === null ? "" : String(epoch)}
        onChange={({ currentTarget: { value } }) =>
          change(run.run, value === "" ? null : Number(value))
        }
      >
        <option value="">newest {stepUnit.value.unit}</option>
        {epochs.map((one) => (
          <option key={one} value={String(one)}>
            {capitalized()} {one}
          </option>
        ))}
      </select>
    </span>
  );
}

interface LayersProps {
  all: Compared[];
  chosen: Compared | undefined;
  /** Whether both sides are epochs of one run. */
  itself: boolean;
}

/** The counts of all layers; each opens its filters. */
function Layers({ all, chosen, itself }: LayersProps) {
  return (
    <div class="ledger-layers" role="group" aria-label="Layers">
      {all.map(({ tag, bands, reason, cka }) => (
        <button
          key={tag}
          type="button"
          data-testid="ledger-layer"
          aria-pressed={tag === chosen?.tag}
          title={reason ?? ""}
          onClick={() => update({ layer: tag, filter: null })}
        >
          <b title={tag}>
            <Middle text={tag} />
          </b>
          {bands && <Bar bands={bands} />}
          <span class="meta">
            {bands
              ? counts(bands)
              : reason === null
                ? "comparing …"
                : "not compared"}
            {bands && itself && partly(bands)}
            {cka !== null && ` · similarity ${decimals(cka)}`}
          </span>
        </button>
      ))}
    </div>
  );
}

/** Says how many filters both epochs log, if not all. */
function partly({ logged: { before, after } }: Bands): string {
  return before === after
    ? ""
    : ` · only ${Math.min(before, after)} of ${Math.max(before, after)} compared`;
}

function Bar({ bands }: { bands: Bands }) {
  return (
    <span class="health" aria-hidden="true">
      {(["kept", "changed", "lost", "new"] as const)
        .filter((band) => bands[band].length)
        .map((band) => (
          <span
            key={band}
            class={`band-${band}`}
            style={{ flexGrow: bands[band].length }}
          />
        ))}
    </span>
  );
}

interface FiltersProps {
  of: Compared;
  before: Version;
  after: Version;
}

function Filters({
  of: { tag, steps, bands, reason },
  before,
  after,
}: FiltersProps) {
  if (reason !== null) {
    return (
      <p class="note" data-testid="reason">
        {tag}: {reason}
      </p>
    );
  }
  if (!bands) return <p class="note">Comparing the filters of {tag} …</p>;
  const place = (of: Version, step: number) => (key: string | null) =>
    key === null ? null : { run: of.run.run, tag, epoch: step, key };
  const [left, right] = [place(before, steps[0]), place(after, steps[1])];
  const [any] = [...bands.kept, ...bands.changed, ...bands.lost, ...bands.new];
  const first = any && (left(any.before) ?? right(any.after));
  const changes = BANDS_IN_ORDER.flatMap((band) => bands[band]);
  const { layer, filter } = state.value;
  const selected =
    tag === layer && filter !== null
      ? (changes.find((change) => change.after === filter) ??
        changes.find(
          (change) =>
            change.before === filter && before.run.run === after.run.run,
        ))
      : undefined;
  return (
    <>
      <p class="note">
        Each filter is paired with at most one filter of the other side. The
        pair is a match if r, the correlation of their responses to the same
        data, is at least .5. A filter without a match may still resemble one
        that is paired already: its card names the nearest. A filter died if its
        match is dead. Similarity is that of the layers as a whole, from 0 to 1,
        however they divide it among filters (linear CKA).
      </p>
      {first && <Averaged here={first} />}
      {selected && (
        <section data-testid="selected-change" aria-label="Selected">
          <h2>Selected</h2>
          <div class="changes">
            <ChangeCard
              change={selected}
              before={left(selected.before)}
              after={right(selected.after)}
              chosen
              tabbable
            />
          </div>
        </section>
      )}
      <Logged bands={bands} before={before} after={after} steps={steps} />
      {BANDS_IN_ORDER.map((band) => (
        <BandOf
          key={band}
          band={band}
          count={bands[band].length}
          card={(i) => {
            const change = bands[band][i];
            return (
              change && (
                <ChangeCard
                  key={`${change.before} ${change.after}`}
                  change={change}
                  before={left(change.before)}
                  after={right(change.after)}
                  chosen={change === selected}
                  tabbable={i === 0}
                />
              )
            );
          }}
        />
      ))}
    </>
  );
}

interface LoggedProps {
  bands: Bands;
  before: Version;
  after: Version;
  steps: Compared["steps"];
}

/** Says that one side logs fewer filters, which the counts cannot show. */
function Logged({ bands: { logged }, before, after, steps }: LoggedProps) {
  if (logged.before === logged.after) return null;
  const { unit } = stepUnit.value;
  return (
    <p class="note" data-testid="logged">
      {before.run === after.run
        ? `${logged.before} filters are logged at ${unit} ${steps[0]}, ${logged.after} at ${unit} ${steps[1]}. Those that only one of them logs are not counted.`
        : `${before.run.name} logs ${logged.before} filters, ${after.run.name} ${logged.after}. Those without a partner count as lost or new.`}
    </p>
  );
}

interface BandProps {
  band: Band;
  count: number;
  card: (i: number) => preact.ComponentChild;
}

function BandOf({ band, count, card }: BandProps) {
  const [whole, setWhole] = useState(false);
  if (!count) return null;
  const shown = whole ? count : Math.min(count, MANY);
  return (
    <section data-testid={`band-${band}`} aria-label={BANDS[band]}>
      <h2>
        <span class={`swatch band-${band}`} />
        {BANDS[band]}: {count}
        <span class="meta"> {MEANING[band]}</span>
      </h2>
      <div class="changes">
        {Array.from({ length: shown }, (_, i) => card(i))}
      </div>
      {shown < count && (
        <button type="button" onClick={() => setWhole(true)}>
          Show all {count}
        </button>
      )}
    </section>
  );
}
