/** Says in words how trainings are. */
import type { Run } from "../api/types";
import { listed } from "../render/format";
import { plural, stepUnit } from "./step_unit";
import {
  shownCell,
  isLost,
  lostSince,
  ofFilters,
  readableCell,
  type ReadableCell,
} from "./shown_cells";

export interface Sentence {
  run: Run;
  /** The layer whose dead filters to look at; `null` for the whole run. */
  tag: string | null;
  /** Whether it is one of several layers that the text is about. */
  several: boolean;
  text: string;
  /** How wrong it is: a layer is lost (2), some filters are (1), nothing. */
  wrong: 0 | 1 | 2;
  /** The share of the run's filters that are dead in these layers. */
  dead: number;
}

/** Puts the worst first: lost layers, then by the share of dead filters. */
export function worstFirst(all: Sentence[]): Sentence[] {
  return [...all].sort((a, b) => b.wrong - a.wrong || b.dead - a.dead);
}

const SOME = 0.25; // share of dead filters that is worth a sentence
const CALM = 0.5; // share of settled filters of a training at rest

function named(names: string[]): string {
  return names.length > 3 ? `${names.length} layers` : listed(names);
}

/** Returns the share of all filters that are dead in some layers. */
function deadShare(part: ReadableCell[], all: ReadableCell[]): number {
  const sum = (of: ReadableCell[], what: "dead" | "logged") =>
    of.reduce((total, { counts }) => total + counts[what], 0);
  return sum(part, "dead") / Math.max(sum(all, "logged"), 1);
}

/** "block2 has been dead since epoch 1": one sentence for each epoch. */
function losses(run: Run, all: ReadableCell[]): Sentence[] {
  const bySince = new Map<number | null, ReadableCell[]>();
  for (const one of all.filter(({ counts }) => isLost(counts))) {
    const since = lostSince(one);
    bySince.set(since, [...(bySince.get(since) ?? []), one]);
  }
  return [...bySince].map(([since, lost]) => {
    const names = lost.map(({ layer }) => layer.tag);
    const whole = lost.every(({ counts }) => counts.dead === counts.logged);
    const how = whole ? "dead" : "mostly dead";
    const from = all.some(({ layer }) => layer.epochs[0] === since);
    const { unit } = stepUnit.value;
    const when = since === null || from ? "" : ` since ${unit} ${since}`;
    const counts = lost
      .map((one) => `${one.counts.dead} of ${ofFilters([one])}`)
      .slice(0, 3);
    const number = whole || lost.length > 3 ? "" : ` (${counts.join(", ")})`;
    const [is, has] = names.length > 1 ? ["are", "have"] : ["is", "has"];
    const verb = when ? `${has} been` : is;
    const text = `${named(names)} ${verb} ${how}${when}${number}.`;
    const dead = deadShare(lost, all);
    const several = names.length > 1;
    return { run, tag: names[0] ?? null, several, text, wrong: 2, dead };
  });
}

/** "Dead filters in block2 (9 of 48) and features (9 of 32)." */
function some(run: Run, all: ReadableCell[]): Sentence[] {
  const part = all.filter(
    ({ counts }) =>
      !isLost(counts) && counts.dead >= SOME * Math.max(counts.logged, 1),
  );
  if (!part.length) return [];
  const texts = part.map(
    (one) => `${one.layer.tag} (${one.counts.dead} of ${ofFilters([one])})`,
  );
  const few = all.filter(
    (one) => one.counts.dead && !part.includes(one) && !isLost(one.counts),
  ).length;
  const layers = few === 1 ? "1 other layer" : `${few} other layers`;
  const more = few ? `, a few in ${layers}` : "";
  const text = `Dead filters in ${named(texts)}${more}.`;
  const dead = deadShare(part, all);
  const tag = part[0]?.layer.tag ?? null;
  return [{ run, tag, several: part.length > 1, text, wrong: 1, dead }];
}

function rest(run: Run, all: ReadableCell[]): Sentence {
  const sum = (of: (one: ReadableCell) => number) =>
    all.reduce((total, one) => total + of(one), 0);
  const known = sum(({ counts }) => counts.settled + counts.changing);
  const settled = sum(({ counts }) => counts.settled);
  const dead = sum(({ counts }) => counts.dead);
  const filters = sum(({ counts }) => counts.logged);
  const alive =
    dead === 0
      ? "No filter is dead"
      : `Few filters are dead (${dead} of ${ofFilters(all)})`;
  const calm = { run, tag: null, several: false, wrong: 0 as const, dead: 0 };
  if (!known) return { ...calm, text: `${alive}.` };
  const share = Math.round((100 * settled) / filters);
  const text =
    settled / filters >= CALM
      ? `${alive}; ${share} % of the images have settled.`
      : `${alive}; the images still change from ${stepUnit.value.unit} to ${stepUnit.value.unit} (${share} % settled).`;
  return { ...calm, text };
}

/** Whether all layers of a run are known that can be. */
export function isRead(run: Run): boolean {
  return run.layers.every((layer) => layer.fault || shownCell(run, layer));
}

/** Says how a run is; empty until its layers are known. */
export function sentencesOf(run: Run): Sentence[] {
  const all = run.layers.map((layer) => readableCell(run, layer));
  const known = all.filter((one) => one !== null);
  if (!known.length || !isRead(run)) return [];
  const wrong = [...losses(run, known), ...some(run, known)];
  return wrong.length ? wrong : [rest(run, known)];
}

/** "9 epochs"; empty until they are known. */
export function lengthOf(run: Run): string {
  const epochs = run.layers.find(({ fault }) => !fault)?.epochs.length ?? 0;
  if (!epochs) return "";
  return `${epochs} ${epochs === 1 ? stepUnit.value.unit : plural()}`;
}
