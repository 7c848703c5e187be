import { describe, expect, it, vi } from "vitest";
import { findRun } from "../data/runs";
import { freshRun, serve, type FakeRun } from "../testing/server";
import { comparableRun, otherRun } from "./other_run";

const PROBE = "04dd9765511a9e20";

/** A run with layers of some names, all of one probe. */
function trained(
  name: string,
  tags = ["conv", "classes"],
  probe: string | null = PROBE,
): FakeRun {
  const signature = probe === null ? null : { extra: 0, filters: [0], probe };
  const header = { signature };
  const layers = tags.map((tag) => ({ tag, keys: ["0"], epochs: [0], header }));
  return { run: freshRun(name), layers };
}

/** Serves runs; returns a reader of the run comparable with one, and of its other run. */
async function neighbours(runs: FakeRun[], at: number) {
  await serve(runs);
  const own = findRun(runs[at]?.run ?? "");
  if (!own) throw new Error("The run is not served.");
  return () => [comparableRun(own)?.run ?? null, otherRun(own)?.run ?? null];
}

describe("the run that a run is compared with", () => {
  it("is the one above it of the same network", async () => {
    const other = ["deep_conv", "classes"];
    const runs = [
      trained("a"),
      trained("b"),
      trained("unrelated", other),
      trained("c"),
    ];
    const read = await neighbours(runs, 3);
    expect(read()).toEqual([runs[1]?.run, runs[1]?.run]);
  });

  it("is the next for the first", async () => {
    const runs = [trained("a"), trained("b"), trained("c")];
    const read = await neighbours(runs, 0);
    expect(read()).toEqual([runs[1]?.run, runs[1]?.run]);
  });

  it("is none of another network, even with a layer of the same name", async () => {
    const runs = [trained("a"), trained("b", ["conv2", "classes"])];
    const read = await neighbours(runs, 1);
    expect(read()).toEqual([null, null]);
  });

  it("is one of the same probe", async () => {
    const runs = [trained("a"), trained("b", undefined, "other"), trained("c")];
    const read = await neighbours(runs, 2);
    await vi.waitFor(() =>
      expect(read()).toEqual([runs[0]?.run, runs[0]?.run]),
    );
  });

  it("has another probe only if there is no choice", async () => {
    const runs = [trained("a", undefined, null), trained("b")];
    const read = await neighbours(runs, 1);
    await vi.waitFor(() => expect(read()).toEqual([null, runs[0]?.run]));
  });
});
