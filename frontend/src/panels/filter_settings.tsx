/** The settings of a filter's image in words: receptive field, range, steps. */
import { Fragment } from "preact";
import type { EventHeader, SettingsHeader } from "../api/event_header";
import { isSignal } from "../render/rendering";

type Fact = [term: string, text: string];

export function FilterSettings({
  about,
}: {
  about: Partial<EventHeader> | undefined;
}) {
  return (
    <section>
      <h3>Settings</h3>
      <dl class="facts">
        {[...ofImage(about ?? {}), ...ofSteps(about?.settings ?? {})].map(
          ([term, text]) => (
            <Fragment key={term}>
              <dt>{term}</dt>
              <dd>{text}</dd>
            </Fragment>
          ),
        )}
      </dl>
    </section>
  );
}

function ofImage(about: Partial<EventHeader>): Fact[] {
  const { receptive_field: field, value_range: range } = about;
  const signal = isSignal(about);
  const length = field?.at(-1);
  const size = signal
    ? `${length} ${length === 1 ? "sample" : "samples"}`
    : `${field?.join(" × ")} px`;
  const found: Fact[] = [["Receptive field", field ? size : "the whole input"]];
  if (range) {
    const ends = range.map((value) => +value.toPrecision(3)).join(" to ");
    found.push([signal ? "Value range" : "Black to white", ends]);
  }
  return found;
}

/** Says what the known settings mean; others stay as they are. */
function ofSteps(settings: SettingsHeader): Fact[] {
  const { steps, warm_steps, seed, probe, cold, pull, ...others } = settings;
  const found: Fact[] = [];
  if (steps !== undefined) {
    const later =
      warm_steps === undefined ? "" : ` at first, then ${warm_steps}`;
    found.push(["Steps", `${steps}${later}`]);
  }
  if (cold !== undefined) {
    const text = cold ? "Random noise" : "Continued from the last image";
    found.push(["Start", text]);
  }
  if (pull !== undefined) {
    const text = pull ? "Pulled towards them" : "Not pulled towards them";
    found.push(["Exemplars", text]);
  }
  if (probe !== undefined) found.push(["Probe", `${probe} inputs`]);
  if (seed !== undefined) found.push(["Random seed", String(seed)]);
  for (const [name, value] of Object.entries(others)) {
    found.push([name.replaceAll("_", " "), spoken(value)]);
  }
  return found;
}

function spoken(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
