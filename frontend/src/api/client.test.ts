import { beforeEach, describe, expect, it, vi } from "vitest";
import {
  failure,
  fetchAlike,
  fetchEpochs,
  fetchImages,
  fetchMatch,
  fetchRuns,
  fetchSeries,
} from "./client";

const asked: URL[] = [];

function answer(body: BodyInit, status = 200) {
  vi.stubGlobal("fetch", (url: URL) => {
    asked.push(url);
    return Promise.resolve(new Response(body, { status }));
  });
}

function last(): URL {
  return asked.at(-1) ?? new URL("about:blank");
}

beforeEach(() => {
  asked.length = 0;
  failure.value = null;
});

describe("the routes", () => {
  it("are next to the module, whatever the path prefix", async () => {
    answer('{"runs": []}');
    await fetchRuns();
    const here = import.meta.url;
    expect(last().href).toBe(new URL("../index", here).href);
  });

  it("encode names with any characters", async () => {
    answer('{"epochs": [], "wall_times": [], "errors": []}');
    await fetchEpochs("a b&c=d/ä", "conv#1?");
    expect(last().searchParams.get("run")).toBe("a b&c=d/ä");
    expect(last().searchParams.get("tag")).toBe("conv#1?");
  });

  it("name each step and key", async () => {
    answer('{"epochs": []}');
    await fetchSeries("r", "t", [3, 5]);
    expect(last().searchParams.getAll("step")).toEqual(["3", "5"]);
    answer(new ArrayBuffer(4));
    await expect(fetchImages("r", "t", [1], ["7", "9"])).rejects.toThrow();
    expect(last().searchParams.getAll("key")).toEqual(["7", "9"]);
    expect(last().searchParams.has("extra")).toBe(false);
  });

  it("can ask for extra images alone", async () => {
    answer(new ArrayBuffer(4));
    await expect(fetchImages("r", "t", [1], null, true)).rejects.toThrow();
    // No filter has this key.
    expect(last().searchParams.getAll("key")).toEqual([""]);
    expect(last().searchParams.get("extra")).toBe("1");
  });

  it("name two layers", async () => {
    const a = { run: "r", tag: "t", step: 1 };
    const b = { run: "s", tag: "u", step: 2 };
    const both = { run: "r", tag: "t", other_run: "s", other_tag: "u" };
    answer('{"pairs": [], "cka": null, "reason": null}');
    await fetchMatch(a, b);
    expect(Object.fromEntries(last().searchParams)).toEqual({
      ...both,
      step: "1",
      other_step: "2",
    });
    await fetchAlike(a, b);
    expect(Object.fromEntries(last().searchParams)).toEqual(both);
  });
});

describe("a listed layer that cannot be shown", () => {
  it("has no newest epoch", async () => {
    const layers = [{ tag: "conv", last: null }];
    answer(JSON.stringify({ runs: [{ run: "r", label: "r", layers }] }));
    expect((await fetchRuns())[0]?.layers[0]?.last).toBe(-1);
  });
});

describe("an error", () => {
  it("has the message of TensorBoard", async () => {
    answer("There is no layer 't' in the run 'r'.", 404);
    await expect(fetchEpochs("r", "t")).rejects.toThrow("There is no layer");
    expect(failure.value).toBeNull(); // it did respond
  });

  it("has a message even if TensorBoard sends none", async () => {
    answer("", 403);
    await expect(fetchRuns()).rejects.toThrow(
      "TensorBoard responded with status 403.",
    );
  });

  it("is a failure if TensorBoard is broken or unreachable", async () => {
    answer("broken", 500);
    await expect(fetchRuns()).rejects.toThrow("broken");
    expect(failure.value).toBe("broken");
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("no network")));
    await expect(fetchRuns()).rejects.toThrow("no network");
    expect(failure.value).toBe("no network");
  });

  it("is no failure if the request was aborted", async () => {
    const stopped = new AbortController();
    stopped.abort();
    vi.stubGlobal("fetch", () => Promise.reject(new Error("aborted")));
    await expect(
      fetchImages("r", "t", [1], ["0"], false, stopped.signal),
    ).rejects.toThrow("aborted");
    expect(failure.value).toBeNull();
  });
});
