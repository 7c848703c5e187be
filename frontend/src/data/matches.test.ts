import { describe, expect, it, vi } from "vitest";
import { similarity, matching } from "./matches";
import { freshRun, serve } from "../testing/server";

const match = {
  pairs: [],
  nearest: [],
  other_nearest: [],
  cka: 0.5,
  reason: null,
};
const alike = { epochs: [0], cka: [0.5], r: [0.5], reason: null };
const side = () => ({ run: freshRun(), tag: "conv", step: 0, stamp: "1" });

describe("matches", () => {
  it("are fetched once", async () => {
    await serve([], {}, { match });
    const [a, b] = [side(), side()];
    expect(matching(a, b).value).toBeNull();
    await vi.waitFor(() => expect(matching(a, b).value).toEqual(match));
    const asked = vi.mocked(fetch).mock.calls.length;
    matching(a, b);
    expect(vi.mocked(fetch).mock.calls).toHaveLength(asked);
  });

  it("are fetched again after a failure", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new Error("gone")));
    const [a, b] = [side(), side()];
    const first = matching(a, b);
    await new Promise((resolve) => setTimeout(resolve));
    expect(first.value).toBeNull();
    await serve([], {}, { match });
    await vi.waitFor(() => expect(matching(a, b).value).toEqual(match));
  });

  it.each([
    ["the matches", matching, match],
    ["the similarity", similarity, alike],
  ])("%s are fetched again when a log has changed", async (_, get, answer) => {
    await serve([], {}, { match, alike });
    const [a, b] = [side(), side()];
    const found = get(a, b);
    await vi.waitFor(() => expect(found.value).toEqual(answer));
    const asked = vi.mocked(fetch).mock.calls.length;
    // The old answer stays until the new one arrives.
    expect(get(a, { ...b, stamp: "2" }).value).toEqual(answer);
    expect(vi.mocked(fetch).mock.calls).toHaveLength(asked + 1);
  });
});
