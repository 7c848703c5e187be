/** Lists what cannot be shown of the selected layer, or run, and why. */
import type { Layer, Run } from "../api/types";
import { loggedEpochs } from "../data/epochs";
import { knownFaults } from "../data/series";
import { epoch, layer, run } from "../selection/shown";
import { plural, stepUnit } from "../selection/step_unit";
import { state } from "../state/state";

const MOST = 20; // faults that are listed

interface Named {
  tag: string;
  /** `null` for all steps of the layer. */
  step: number | null;
  error: string;
}

/** Returns the known faults of a layer, one for each step, ascending. */
function faultsOf(of: Run, layer: Layer, selected: boolean): Named[] {
  const { tag, fault } = layer;
  if (fault) return [{ tag, step: null, error: fault }];
  const found = [
    ...(selected ? (loggedEpochs(of.run, layer)?.errors ?? []) : []),
    ...knownFaults(of.run, tag),
  ];
  const byStep = new Map(found.map((one) => [one.step, { tag, ...one }]));
  return [...byStep.values()].sort((a, b) => (a.step ?? -1) - (b.step ?? -1));
}

/** Returns the faults of the layer; in the overview, of all of the run. */
function faults(): Named[] {
  const of = run.value;
  const selected = layer.value;
  if (!of || !selected) return [];
  const layers = state.value.view === "overview" ? of.layers : [selected];
  return layers.flatMap((one) => faultsOf(of, one, one === selected));
}

function say({ step, error }: Named): string {
  return step === null ? error : `${stepUnit.value.unit} ${step}: ${error}`;
}

/** Shown when a layer, or some of its epochs, cannot be read. */
export function Faults() {
  const found = faults();
  const [only] = found;
  if (!only) return null;
  const here = found.find(({ step }) => step === epoch.value || step === null);
  const whole = found.every(({ tag }) => tag === only.tag);
  const name = <bdi class="name">{whole ? only.tag : run.value?.label}</bdi>;
  if (here && found.length === 1) {
    return (
      <div class="banner" role="status" data-testid="faults">
        <span>
          {name} cannot be shown: {say(here)}
        </span>
      </div>
    );
  }
  const more = found.length - MOST;
  const unit = found.length === 1 ? stepUnit.value.unit : plural();
  return (
    <div class="banner" role="status" data-testid="faults">
      <details open={here !== undefined}>
        <summary>
          {name}: {found.length} {whole ? unit : "parts"} cannot be shown
          {whole && here && `; ${say(here)}`}
        </summary>
        <ul>
          {found.slice(0, MOST).map((fault) => (
            <li key={`${fault.step} ${fault.tag}`}>
              {!whole && `${fault.tag}, `}
              {say(fault)}
            </li>
          ))}
          {more > 0 && <li>and {more} more</li>}
        </ul>
      </details>
    </div>
  );
}
