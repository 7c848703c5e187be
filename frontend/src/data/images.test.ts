import { effect } from "@preact/signals";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Images } from "../api/types";

const asked: { query: string; abort: AbortSignal }[] = [];
let answer: (found: Images) => void = () => undefined;

vi.mock("../api/client", () => ({
  fetchImages: (
    _run: string,
    tag: string,
    steps: number[],
    keys: string[],
    _extra: boolean,
    abort: AbortSignal,
  ) => {
    asked.push({ query: `${tag} ${steps.join()} ${keys.join()}`, abort });
    return new Promise<Images>((resolve, reject) => {
      answer = resolve;
      abort.addEventListener("abort", () => reject(new Error("aborted")));
    });
  },
}));
vi.mock("../render/pixels", () => ({
  decode: () =>
    Promise.resolve({
      width: 1,
      height: 1,
      channels: 1,
      data: new Uint8ClampedArray([7]),
    }),
}));

const { fetchAhead, image, onScreen } = await import("./images");
const { revalidate } = await import("./store");

function found(step: number, keys: string[], wallTime = 1): Images {
  const header = {
    version: 1,
    value_range: [0, 1] as [number, number],
    mime: "image/png",
    height: 1,
    width: 1,
    channels: 1,
    filters: [],
  };
  const entries = keys.map((key) => ({ key, filter: Number(key) }));
  const event = {
    step,
    wall_time: wallTime,
    header,
    images: new Map(keys.map((key) => [key, new Blob()])),
    entries: new Map(entries.map((entry) => [entry.key, entry])),
    extra: [],
  };
  return { events: [event], missing: [], left: [], errors: [] };
}

function watch(tag: string, step: number, key: string) {
  return effect(() => void image("run", tag, step, key).value);
}

const wait = () => vi.advanceTimersByTimeAsync(1);
const kind = (tag: string, step: number, key: string) =>
  image("run", tag, step, key).peek().kind;

describe("images", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    asked.length = 0;
  });
  afterEach(() => vi.useRealTimers());

  it("are fetched once, all filters of an epoch together", async () => {
    const stops = ["0", "1"].map((key) => watch("a", 3, key));
    await wait();
    expect(asked.map(({ query }) => query)).toEqual(["a 3 0,1"]);
    expect(onScreen("run", "a", 3)).toEqual(["0", "1"]);
    answer(found(3, ["0", "1"]));
    await wait();
    expect(kind("a", 3, "0")).toBe("ready");
    for (const stop of stops) stop();
    watch("a", 3, "0")();
    await wait();
    expect(asked).toHaveLength(1);
  });

  it("are not fetched if they have left the screen", async () => {
    watch("b", 0, "0")();
    const stop = watch("b", 1, "0");
    await wait();
    expect(asked.map(({ query }) => query)).toEqual(["b 1 0"]);
    answer(found(1, ["0"]));
    await wait();
    stop();
  });

  it("abort their request when they leave the screen", async () => {
    const stop = watch("c", 0, "0");
    await wait();
    stop();
    await wait();
    expect(asked[0]?.abort.aborted).toBe(true);
    const again = watch("c", 0, "0");
    await wait();
    expect(asked).toHaveLength(2);
    answer(found(0, ["0"]));
    await wait();
    expect(kind("c", 0, "0")).toBe("ready");
    again();
  });

  it("are fetched again if they were left out or rewritten", async () => {
    const stop = watch("d", 0, "0");
    await wait();
    answer({ events: [], missing: [], left: [0], errors: [] });
    await wait();
    expect(asked).toHaveLength(2);
    answer(found(0, ["0"], 5));
    await wait();
    revalidate(["run", "d"], new Map([[0, 5]]));
    await wait();
    expect(asked).toHaveLength(2);
    revalidate(["run", "d"], new Map([[0, 6]]));
    await wait();
    expect(asked).toHaveLength(3);
    answer(found(0, ["0"], 6));
    await wait();
    stop();
  });

  it("are prefetched", async () => {
    fetchAhead("run", "e", [1, 2], ["0"]);
    await wait();
    expect(asked.map(({ query }) => query)).toEqual(["e 2,1 0"]);
    answer(found(1, ["0"]));
    await wait();
    expect(kind("e", 1, "0")).toBe("ready");
    expect(asked).toHaveLength(1);
  });
});
