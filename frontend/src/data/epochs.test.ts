import { effect } from "@preact/signals";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Epochs, Listed } from "../api/types";

type Asked = { tag: string; answer: (found: Epochs | null) => void };
const asked: Asked[] = [];

vi.mock("../api/client", () => ({
  fetchEpochs: (_run: string, tag: string) =>
    new Promise<Epochs>((resolve, reject) => {
      const answer = (found: Epochs | null) =>
        found ? resolve(found) : reject(new Error("gone"));
      asked.push({ tag, answer });
    }),
}));
vi.mock("./images", () => ({ whenQuiet: () => Promise.resolve() }));

const epochsModule = await import("./epochs");
const { Entry, keepListed, obtain } = await import("./store");

const loggedEpochs = (run: string, layer: Listed) =>
  epochsModule.loggedEpochs(run, layer)?.epochs ?? [];

let serial = 0;

/** Returns a layer that no other test has used. */
function layer(): Listed {
  return {
    tag: `conv${++serial}`,
    layer_index: 0,
    layer_filters: 1,
    layer_type: "Conv2D",
    last: 1,
    stamp: "a",
  };
}

function logged(...epochs: number[]): Epochs {
  const errors = [{ step: -1, error: "This step is no number of epochs." }];
  return { epochs, wall_times: epochs.map(() => 1), errors };
}

/** The n-th request from now on, once it is made. */
async function request(n = 0): Promise<Asked> {
  await vi.waitFor(() => expect(asked.length).toBeGreaterThan(n));
  return asked[n] as Asked;
}

beforeEach(() => {
  asked.length = 0;
  keepListed([]);
});

describe("the epochs of a layer", () => {
  it("are fetched once, when they are read", async () => {
    const one = layer();
    const seen: number[][] = [];
    const stop = effect(() => void seen.push(loggedEpochs("run", one)));
    expect(loggedEpochs("run", one)).toEqual([]);
    (await request()).answer(logged(0, 1));
    await vi.waitFor(() => expect(seen.at(-1)).toEqual([0, 1]));
    stop();
    expect(asked).toHaveLength(1);
    expect(epochsModule.loggedEpochs("run", one)?.errors).toEqual(
      logged().errors,
    );
  });

  it("are fetched again when the stamp changes", async () => {
    const one = layer();
    loggedEpochs("run", one);
    (await request()).answer(logged(0));
    await vi.waitFor(() => expect(loggedEpochs("run", one)).toEqual([0]));
    // The old epochs stay until the answer arrives.
    expect(loggedEpochs("run", { ...one, stamp: "b" })).toEqual([0]);
    (await request(1)).answer(logged(0, 1));
    const now = () => loggedEpochs("run", { ...one, stamp: "b" });
    await vi.waitFor(() => expect(now()).toEqual([0, 1]));
    expect(asked).toHaveLength(2);
  });

  it("are fetched again after a failure", async () => {
    const one = layer();
    loggedEpochs("run", one);
    (await request()).answer(null);
    await vi.waitFor(() => {
      loggedEpochs("run", one);
      expect(asked).toHaveLength(2);
    });
    (await request(1)).answer(logged(5));
    await vi.waitFor(() => expect(loggedEpochs("run", one)).toEqual([5]));
  });

  it("refresh the other entries of the layer", async () => {
    const one = layer();
    const told = vi.fn();
    class Other extends Entry<null> {
      override revalidate = told;
    }
    obtain("other", [["run", one.tag]], null, () => new Other(null));
    obtain("other", [["run", "else"]], null, () => new Other(null));
    loggedEpochs("run", one);
    (await request()).answer(logged(2, 3));
    await vi.waitFor(() => expect(told).toHaveBeenCalledTimes(1));
    const times = new Map([
      [2, 1],
      [3, 1],
    ]);
    expect(told).toHaveBeenCalledWith(times);
  });

  it("are fetched for two layers at a time", async () => {
    const layers = [layer(), layer(), layer()];
    for (const one of layers) loggedEpochs("run", one);
    await request(1);
    await new Promise((resolve) => setTimeout(resolve));
    expect(asked).toHaveLength(2);
    (await request()).answer(logged(0));
    expect((await request(2)).tag).toBe(layers[2]?.tag);
    (await request(1)).answer(logged(0));
    (await request(2)).answer(logged(0));
    const epochs = () => layers.map((one) => loggedEpochs("run", one));
    await vi.waitFor(() => expect(epochs()).toEqual([[0], [0], [0]]));
  });

  it("are forgotten with the layer", async () => {
    const one = layer();
    loggedEpochs("run", one);
    (await request()).answer(logged(0));
    await vi.waitFor(() => expect(loggedEpochs("run", one)).toEqual([0]));
    keepListed([["run", one.tag]]);
    expect(loggedEpochs("run", one)).toEqual([0]);
    keepListed([]);
    expect(loggedEpochs("run", one)).toEqual([]);
  });
});
