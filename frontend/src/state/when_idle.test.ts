import { describe, expect, it, vi } from "vitest";
import { whenIdle } from "./when_idle";

describe("what waits until the page is idle", () => {
  it("is done once for each owner, as it was asked for last", async () => {
    const done: string[] = [];
    const [one, other] = [{}, {}];
    whenIdle(one, () => done.push("first"));
    whenIdle(other, () => done.push("other"));
    whenIdle(one, () => done.push("last"));
    expect(done).toEqual([]);
    await vi.waitFor(() => expect(done).toEqual(["last", "other"]));
  });

  it("is done where the browser does not tell when it is", async () => {
    vi.stubGlobal("requestIdleCallback", undefined);
    const done = vi.fn();
    whenIdle({}, done);
    await vi.waitFor(() => expect(done).toHaveBeenCalledOnce());
  });
});
