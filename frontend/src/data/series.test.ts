import { effect } from "@preact/signals";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Layer, Run, Series } from "../api/types";

const asked: { what: string; answer: () => void }[] = [];

vi.mock("../api/client", () => ({
  fetchSeries: (_run: string, tag: string, steps: number[]) =>
    new Promise<Series>((resolve) => {
      const answer = () => resolve(of(steps, { 0: steps }));
      asked.push({ what: `${tag} ${steps.join()}`, answer });
    }),
}));
vi.mock("./images", () => ({ whenQuiet: () => Promise.resolve() }));

const { merge, series } = await import("./series");
const { revalidate } = await import("./store");

function of(epochs: number[], scores: Record<string, number[]>): Series {
  const keys = Object.keys(scores);
  return {
    epochs,
    wall_times: epochs.map((at) => at * 10),
    keys,
    filters: keys.map(Number),
    values: { score: keys.map((key) => scores[key] ?? []) },
    status: keys.map(() => epochs.map(() => "ok")),
    layer: epochs.map((at) => ({ seconds: at })),
    missing: [],
    left: [],
    errors: [],
  };
}

describe("series that come in parts", () => {
  it("are joined in the order of epochs", () => {
    const found = merge(of([1, 4], { 0: [1, 4] }), of([0, 3], { 0: [0, 3] }));
    expect(found.epochs).toEqual([0, 1, 3, 4]);
    expect(found.values["score"]).toEqual([[0, 1, 3, 4]]);
    expect(found.wall_times).toEqual([0, 10, 30, 40]);
    expect(found.layer.map(({ seconds }) => seconds)).toEqual([0, 1, 3, 4]);
  });

  it("are empty where only one part has a value", () => {
    const found = merge(of([0], { 10: [5] }), of([1], { 2: [6] }));
    expect(found.keys).toEqual(["2", "10"]);
    expect(found.values["score"]).toEqual([
      [null, 6],
      [5, null],
    ]);
    expect(found.status).toEqual([
      [null, "ok"],
      ["ok", null],
    ]);
  });

  it("keep the later answer if both have an epoch", () => {
    const found = merge(of([0, 1], { 0: [1, 2] }), of([1], { 0: [9] }));
    expect(found.values["score"]).toEqual([[1, 9]]);
  });
});

describe("series", () => {
  const run: Run = { run: "run", label: "run", name: "run", layers: [] };
  let serial = 0;

  /** A layer of so many filters that each request has one epoch. */
  function layer(): Layer {
    const about = { layer_index: 0, layer_type: null, stamp: "a" };
    const epochs = [0, 1, 2];
    const tag = `conv${++serial}`;
    return { ...about, tag, layer_filters: 4096, last: 2, epochs };
  }

  function watch(tag: Layer): () => void {
    return effect(() => void series(run, tag).value);
  }

  const whats = () => asked.map(({ what }) => what);

  /** Answers requests until there are none; gives what they asked for. */
  async function answerAll(): Promise<string[]> {
    for (let i = 0; ; i++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      const next = asked[i];
      if (!next) return whats();
      next.answer();
    }
  }

  beforeEach(() => {
    asked.length = 0;
  });

  it("begin with the newest epoch", async () => {
    const one = layer();
    const stop = watch(one);
    await vi.waitFor(() => expect(asked).toHaveLength(2));
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(whats()).toEqual([`${one.tag} 2`, `${one.tag} 0`]);
    await answerAll();
    expect(series(run, one).value?.epochs).toEqual([0, 1, 2]);
    expect(asked).toHaveLength(3);
    stop();
  });

  it("are fetched first for the layer read last", async () => {
    const [a, b] = [layer(), layer()];
    const stops = [watch(a), watch(b)];
    expect(await answerAll()).toEqual([
      `${a.tag} 2`,
      `${b.tag} 2`,
      `${b.tag} 0`,
      `${b.tag} 1`,
      `${a.tag} 0`,
      `${a.tag} 1`,
    ]);
    for (const stop of stops) stop();
  });

  it("are not fetched for a layer that left the screen", async () => {
    const [a, b] = [layer(), layer()];
    watch(a)();
    const stop = watch(b);
    const found = await answerAll();
    expect(found).toContain(`${b.tag} 1`);
    expect(found).not.toContain(`${a.tag} 1`);
    const again = watch(a);
    await vi.waitFor(() => expect(whats()).toContain(`${a.tag} 0`));
    await answerAll();
    expect(series(run, a).value?.epochs).toEqual([0, 1, 2]);
    stop();
    again();
  });

  it("are fetched again for rewritten epochs", async () => {
    const one = layer();
    const stop = watch(one);
    await answerAll();
    asked.length = 0;
    const times = (last: number) =>
      new Map([
        [0, 0],
        [1, 10],
        [2, last],
      ]);
    revalidate(["run", one.tag], times(20));
    watch(one)();
    expect(await answerAll()).toEqual([]);
    revalidate(["run", one.tag], times(99));
    expect(series(run, one).peek()?.epochs).toEqual([0, 1]);
    watch(one)();
    expect(await answerAll()).toEqual([`${one.tag} 2`]);
    // The answer is older than the listed time, and is dropped.
    expect(series(run, one).peek()?.epochs).toEqual([0, 1]);
    stop();
  });
});
