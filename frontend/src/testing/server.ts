/** For tests: a TensorBoard that answers from memory. */
import { vi } from "vitest";
import type { Fault, Match } from "../api/types";
import { refresh } from "../data/runs";
import { DEFAULTS, type State } from "../state/schema";
import { state } from "../state/state";

export interface FakeLayer {
  tag: string;
  keys: string[];
  epochs: number[];
  /** Measures by name, [filter][epoch]. */
  values?: Record<string, (number | null)[][]>;
  status?: (string | null)[][];
  header?: object;
  /** Filters of the layer, if not all are logged. */
  filters?: number;
  /** Its place in the network. */
  index?: number;
  /** When its events were written. */
  wallTime?: number;
  /** Why the layer cannot be shown. */
  fault?: string;
  /** Steps that cannot be shown. */
  errors?: Fault[];
}

export interface FakeRun {
  run: string;
  layers: FakeLayer[];
}

interface Answers {
  /** Without `nearest`, those of the pairs are nearest to each other. */
  match?: Partial<Match>;
  alike?: object;
  relations?: object;
  classes?: object;
}

const NONE = {
  relations: {
    keys: [],
    groups: [],
    nearest: [],
    r: [],
    x: [],
    y: [],
    reason: "There are no signatures in this log.",
  },
  classes: { keys: [], classes: [], names: {} },
};

function json(value: object): Response {
  return new Response(JSON.stringify(value));
}

/** Has no images: canvases are tested in a real browser. */
function withoutImages(about: object): Response {
  const text = new TextEncoder().encode(JSON.stringify(about));
  const buffer = new Uint8Array(4 + text.length);
  new DataView(buffer.buffer).setUint32(0, text.length, true);
  buffer.set(text, 4);
  return new Response(buffer);
}

const NO_IMAGES = { events: [], missing: [], left: [], errors: [] };

/** What the overview shows of a layer at a step. */
function cellOf(runs: FakeRun[], name: string): object {
  const [run, tag, step] = JSON.parse(name) as [string, string, number];
  const layer = runs
    .find((one) => one.run === run)
    ?.layers.find((one) => one.tag === tag);
  const fault = layer?.errors?.find((one) => one.step === step);
  if (fault) return { run, tag, ...fault };
  const column = layer?.epochs.indexOf(step) ?? -1;
  if (!layer || column < 0) return { run, tag, step, error: "Not logged." };
  const { keys, values, wallTime } = layer;
  const status = keys.map((_, i) => layer.status?.[i]?.[column] ?? "ok");
  const count = (which: string) => status.filter((one) => one === which).length;
  const settled = keys.flatMap((_, i) =>
    status[i] === "ok" ? (values?.["settled"]?.[i]?.[column] ?? []) : [],
  );
  return {
    run,
    tag,
    step,
    error: null,
    counts: {
      logged: keys.length,
      dead: count("dead"),
      weak: count("weak"),
      flat: count("flat"),
      plain: count("plain"),
      settled: settled.filter((one) => one === 1).length,
      changing: settled.filter((one) => one === 0).length,
    },
    best: keys.map((key, i) => ({
      key,
      status: status[i],
      score: values?.["score"]?.[i]?.[column] ?? null,
    })),
    event: {
      step,
      wall_time: wallTime ?? 1,
      header: { filters: [] },
      images: [],
    },
  };
}

function seriesOf(layer: FakeLayer, steps: number[]) {
  const places = layer.epochs.flatMap((at, i) =>
    !steps.length || steps.includes(at) ? [i] : [],
  );
  const pick = <T>(row: T[]) => places.map((i) => row[i] as T);
  const values = Object.entries(layer.values ?? {});
  return {
    epochs: pick(layer.epochs),
    wall_times: places.map(() => layer.wallTime ?? 1),
    keys: layer.keys,
    filters: layer.keys.map(Number),
    values: Object.fromEntries(values.map(([n, v]) => [n, v.map(pick)])),
    status: layer.keys.map((_, i) =>
      pick(layer.status?.[i] ?? layer.epochs.map(() => "ok")),
    ),
    layer: places.map(() => ({
      value_range: [0, 1],
      height: 5,
      width: 5,
      channels: 1,
      receptive_field: [5, 5],
      settings: { steps: 32 },
      ...layer.header,
    })),
    missing: [],
    left: [],
    errors: [],
  };
}

function matchOf({ pairs = [], ...more }: Partial<Match> = {}): Match {
  const turned = pairs.map(({ key, other, r }) => ({
    key: other,
    other: key,
    r,
  }));
  return {
    pairs,
    nearest: pairs,
    other_nearest: turned,
    cka: null,
    reason: null,
    ...more,
  };
}

let serial = 0;

/** Answers the routes with some runs, in place of those served before. */
export async function serve(
  runs: FakeRun[],
  change: Partial<State> = {},
  answers: Answers = {},
): Promise<void> {
  serial++;
  vi.stubGlobal(
    "fetch",
    vi.fn((url: URL) => {
      const route = url.pathname.split("/").at(-1);
      const query = url.searchParams;
      const of = runs.find(({ run }) => run === query.get("run"));
      const layer = of?.layers.find(({ tag }) => tag === query.get("tag"));
      if (route === "index") {
        return Promise.resolve(
          json({
            runs: runs.map(({ run, layers }) => ({
              run,
              label: run.replace("/actmax", ""),
              layers: layers.map((one) => ({
                tag: one.tag,
                layer_index: one.index ?? null,
                layer_filters: one.filters ?? one.keys.length,
                layer_type: "Conv2D",
                last: one.epochs.at(-1) ?? null,
                stamp: String(serial),
                fault: one.fault ?? null,
              })),
            })),
          }),
        );
      }
      if (route === "match")
        return Promise.resolve(json(matchOf(answers.match)));
      if (route === "alike") return Promise.resolve(json(answers.alike ?? {}));
      if (route === "relations" || route === "classes") {
        return Promise.resolve(json(answers[route] ?? NONE[route]));
      }
      if (route === "overview") {
        const cells = query.getAll("cell").map((name) => cellOf(runs, name));
        return Promise.resolve(withoutImages({ cells, left: 0 }));
      }
      if (!layer) return Promise.resolve(new Response("", { status: 404 }));
      if (route === "epochs") {
        const { epochs, errors = [], wallTime = 1 } = layer;
        const wall_times = epochs.map(() => wallTime);
        return Promise.resolve(json({ epochs, wall_times, errors }));
      }
      const steps = query.getAll("step").map(Number);
      return Promise.resolve(
        route === "series"
          ? json(seriesOf(layer, steps))
          : withoutImages(NO_IMAGES),
      );
    }),
  );
  state.value = { ...DEFAULTS, ...change };
  await refresh();
}

/** Returns a run name that no other test has used, so that nothing is stored. */
export function freshRun(name = "run"): string {
  return `${name}${++serial}/actmax`;
}
