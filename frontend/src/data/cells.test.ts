import { effect } from "@preact/signals";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Cell } from "../api/types";

const asked: { tags: string[]; images: number }[] = [];
let most = 99; // cells of an answer
let fails = false;

vi.mock("../api/client", () => ({
  cellName: (at: object) => JSON.stringify(at),
  fetchCells: (names: string[], images: number) => {
    const all = names.map((name) => JSON.parse(name) as Cell);
    asked.push({ tags: all.map(({ tag }) => tag), images });
    if (fails) return Promise.reject(new Error("down"));
    const cells = all.slice(0, most).map((at) => ({
      ...at,
      counts: { logged: 3 },
      best: [],
      event: { wall_time: 10, images: new Map() },
    }));
    return Promise.resolve({ cells, left: all.length - cells.length });
  },
}));
vi.mock("./images", () => ({
  keepBusy: () => () => undefined,
  supply: vi.fn(),
}));

const { supply } = await import("./images");
const { cell } = await import("./cells");
const { retryFailed, revalidate } = await import("./store");

let serial = 0;
let run = "";

/** Watches cells; returns what they show. */
function watch(tags: string[], images: number) {
  const found = new Map<string, Cell | null>();
  const stops = tags.map((tag) =>
    effect(() => {
      found.set(tag, cell({ run, tag, step: 3 }, images).value);
    }),
  );
  return { found, stop: () => stops.forEach((stop) => stop()) };
}

beforeEach(() => {
  asked.length = 0;
  most = 99;
  fails = false;
  run = `run${++serial}`;
  vi.mocked(supply).mockClear();
});

describe("cells of the overview", () => {
  it("are asked for together, those with images first", async () => {
    watch(["a", "b"], 0);
    const { found } = watch(["c", "d"], 6);
    await vi.waitFor(() => expect(found.get("d")?.counts).toBeDefined());
    await vi.waitFor(() => expect(asked).toHaveLength(2));
    expect(asked).toEqual([
      { tags: ["c", "d"], images: 6 },
      { tags: ["a", "b"], images: 0 },
    ]);
  });

  it("hand their images on", async () => {
    const { found } = watch(["a"], 4);
    await vi.waitFor(() => expect(found.get("a")).not.toBeNull());
    expect(supply).toHaveBeenCalledWith(run, "a", found.get("a")?.event);
  });

  it("are asked for again where an answer left them out", async () => {
    most = 2;
    const { found } = watch(["a", "b", "c"], 4);
    await vi.waitFor(() => expect(found.get("c")).not.toBeNull());
    expect(asked.map(({ tags }) => tags)).toEqual([["a", "b", "c"], ["c"]]);
  });

  it("fill no more than 32 to a request", async () => {
    const tags = Array.from({ length: 40 }, (_, i) => `conv${i}`);
    const { found } = watch(tags, 4);
    await vi.waitFor(() => expect(found.get("conv39")).not.toBeNull());
    expect(asked.map((one) => one.tags.length)).toEqual([32, 8]);
  });

  it("are not asked for once they left the screen", async () => {
    watch(["a"], 4).stop();
    const { found } = watch(["b"], 4);
    await vi.waitFor(() => expect(found.get("b")).not.toBeNull());
    expect(asked.map(({ tags }) => tags)).toEqual([["b"]]);
  });

  it("are asked for again after a failure", async () => {
    fails = true;
    const { found } = watch(["a"], 4);
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    await Promise.resolve();
    fails = false;
    await vi.waitFor(() => {
      retryFailed();
      expect(found.get("a")).not.toBeNull();
    });
  });

  it("are asked for again when their event was rewritten", async () => {
    const { found } = watch(["a"], 4);
    await vi.waitFor(() => expect(found.get("a")).not.toBeNull());
    revalidate([run, "a"], new Map([[3, 10]]));
    expect(asked).toHaveLength(1);
    revalidate([run, "a"], new Map([[3, 20]]));
    await vi.waitFor(() => expect(asked).toHaveLength(2));
  });
});
