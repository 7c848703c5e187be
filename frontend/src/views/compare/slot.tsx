/** Selects one of the two images of a comparison. */
import { useId } from "preact/hooks";
import { Picked } from "../../components/picked";
import { missingPlace } from "../../selection/missing";
import { layerOf, runName, runOf, runs } from "../../data/runs";
import { series } from "../../data/series";
import { format } from "../../render/format";
import { statusAt, valueAt } from "../../data/measures";
import type { Place } from "../../state/schema";
import { stepUnit, capitalized, unitOf } from "../../selection/step_unit";

interface Props {
  name: "A" | "B";
  place: Place;
  change: (place: Place) => void;
}

/** Returns a list that includes the choice, even if it is not logged. */
export function including<T>(all: T[], chosen: T): T[] {
  return all.includes(chosen) ? all : [chosen, ...all];
}

export function Slot({ name, place, change }: Props) {
  const of = runOf(place.run);
  const layer = layerOf(place.run, place.tag);
  const known = of && layer ? series(of, layer, place.epoch, true).value : null;
  const problem = missingPlace(place);
  return (
    <section
      class="slot"
      aria-label={`Slot ${name}`}
      data-testid={`slot-${name}`}
    >
      <h2>{name}</h2>
      <Choice
        label="Run"
        value={place.run}
        options={including(
          runs.value.map((one) => one.run),
          place.run,
        )}
        text={runName}
        named
        choose={(run) => change({ ...place, run })}
      />
      <Choice
        label="Layer"
        value={place.tag}
        options={including(of?.layers.map((one) => one.tag) ?? [], place.tag)}
        named
        choose={(tag) => change({ ...place, tag })}
      />
      <Choice
        label="Filter"
        value={place.key}
        options={including(known?.keys ?? [], place.key)}
        choose={(key) => change({ ...place, key })}
      />
      <Choice
        label={capitalized(known ? unitOf(known) : stepUnit.value.unit)}
        value={String(place.epoch)}
        options={including(layer?.epochs ?? [], place.epoch).map(String)}
        choose={(epoch) => change({ ...place, epoch: Number(epoch) })}
      />
      <p class="meta" role={problem ? "alert" : undefined}>
        {problem ?? (known ? numbers(known, place) : "")}
      </p>
    </section>
  );
}

/** "score 3.1 · lift 1.2 · settled", as far as they are logged. */
export function numbers(
  known: Parameters<typeof statusAt>[0],
  { key, epoch }: Place,
): string {
  const parts = ["score", "lift"]
    .map((name) => [name, valueAt(known, name, key, epoch)] as const)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name} ${format(value)}`);
  const status = statusAt(known, key, epoch);
  if (status && status !== "ok") parts.push(status);
  const settled = valueAt(known, "settled", key, epoch);
  if (settled !== null) parts.push(settled ? "settled" : "not settled");
  return parts.join(" · ");
}

interface ChoiceProps {
  label: string;
  value: string;
  options: string[];
  text?: (value: string) => string;
  /** Whether its choices are names, which may be long. */
  named?: boolean;
  choose: (value: string) => void;
}

function Choice(props: ChoiceProps) {
  const { label, value, options, choose, named = false } = props;
  const text = props.text ?? String;
  const id = useId();
  return (
    <span class={named ? "choice named" : "choice"}>
      <label for={id}>{label}</label>
      <Picked shown={text(value)}>
        <select
          id={id}
          title={text(value)}
          value={value}
          onChange={(event) => choose(event.currentTarget.value)}
        >
          {options.map((option) => (
            <option key={option} value={option}>
              {text(option)}
            </option>
          ))}
        </select>
      </Picked>
    </span>
  );
}
