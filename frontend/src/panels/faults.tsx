/** Lists the parts of the selected layer that cannot be shown, and why. */
import type { Fault } from "../api/types";
import { loggedEpochs } from "../data/epochs";
import { epoch, layer, run, shownSeries } from "../selection/shown";
import { plural, stepUnit } from "../selection/step_unit";

const MOST = 20; // faults that are listed

/** Returns the faults of the selected layer, one for each step, ascending. */
function faults(): Fault[] {
  const of = run.value;
  const tag = layer.value;
  if (!of || !tag) return [];
  if (tag.fault) return [{ step: null, error: tag.fault }];
  const found = [
    ...(loggedEpochs(of.run, tag)?.errors ?? []),
    ...(shownSeries.value?.errors ?? []),
  ];
  const byStep = new Map(found.map((fault) => [fault.step, fault]));
  return [...byStep.values()].sort((a, b) => (a.step ?? -1) - (b.step ?? -1));
}

function say({ step, error }: Fault): string {
  return step === null ? error : `${stepUnit.value.unit} ${step}: ${error}`;
}

/** Shown when a layer, or some of its epochs, cannot be read. */
export function Faults() {
  const found = faults();
  if (!found.length) return null;
  const here = found.find(({ step }) => step === epoch.value || step === null);
  const name = <bdi class="name">{layer.value?.tag}</bdi>;
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
  return (
    <div class="banner" role="status" data-testid="faults">
      <details open={here !== undefined}>
        <summary>
          {name}: {found.length}{" "}
          {found.length === 1 ? stepUnit.value.unit : plural()} cannot be shown
          {here && `; ${say(here)}`}
        </summary>
        <ul>
          {found.slice(0, MOST).map((fault) => (
            <li key={String(fault.step)}>{say(fault)}</li>
          ))}
          {more > 0 && <li>and {more} more</li>}
        </ul>
      </details>
    </div>
  );
}
