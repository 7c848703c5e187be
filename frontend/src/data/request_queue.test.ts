import { describe, expect, it } from "vitest";
import type { Wanted } from "./image_state";
import { nextRequest } from "./request_queue";

function want(
  tag: string,
  step: number,
  key: string,
  demand: Wanted["demand"] = "watched",
): Wanted {
  return { run: "a", tag, step, key, demand };
}

function names(part: Wanted[]): string[] {
  return part.map(({ tag, step, key }) => `${tag} ${step} ${key}`).sort();
}

describe("the next request", () => {
  it("is for the image that was asked for last", () => {
    const queue = [want("one", 0, "0"), want("two", 0, "0")];
    expect(names(nextRequest(queue, true))).toEqual(["two 0 0"]);
  });

  it("includes the same filters at other epochs", () => {
    const queue = [0, 1, 2].flatMap((step) => [
      want("one", step, "3"),
      want("one", step, "4"),
    ]);
    expect(nextRequest(queue, false)).toHaveLength(6);
  });

  it("includes no image that is not wanted", () => {
    const queue = [want("one", 0, "3"), want("one", 1, "4")];
    expect(names(nextRequest(queue, false))).toEqual(["one 1 4"]);
  });

  it("prefetches only if nothing else is wanted or on its way", () => {
    const ahead = want("one", 1, "0", "ahead");
    expect(nextRequest([ahead], true)).toEqual([]);
    expect(nextRequest([ahead], false)).toEqual([ahead]);
    const queue = [want("one", 0, "0"), ahead];
    expect(names(nextRequest(queue, false))).toEqual(["one 0 0"]);
  });

  it("is bounded", () => {
    const queue = Array.from({ length: 3000 }, (_, i) =>
      want("one", 0, `${i}`),
    );
    expect(nextRequest(queue, false)).toHaveLength(512);
  });
});
