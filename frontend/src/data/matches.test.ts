import { describe, expect, it, vi } from "vitest";
import { likeness, matching } from "./matches";
import { freshRun, serve } from "../testing/server";

const match = { pairs: [], cka: 0.5, reason: null };
const alike = { epochs: [0], cka: [0.5], r: [0.5], reason: null };
const side = () => ({ run: freshRun(), tag: "conv", step: 0 });

describe("counterparts", () => {
  it("are asked for once", async () => {
    await serve([], {}, { match });
    const [a, b] = [side(), side()];
    expect(matching(a, b).value).toBeNull();
    await vi.waitFor(() => expect(matching(a, b).value).toEqual(match));
    const asked = vi.mocked(fetch).mock.calls.length;
    matching(a, b);
    expect(vi.mocked(fetch).mock.calls).toHaveLength(asked);
  });

  it("are asked for again after they could not be had", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new Error("gone")));
    const [a, b] = [side(), side()];
    const first = matching(a, b);
    await new Promise((resolve) => setTimeout(resolve));
    expect(first.value).toBeNull();
    await serve([], {}, { match });
    await vi.waitFor(() => expect(matching(a, b).value).toEqual(match));
  });

  it("are likened anew when more was logged", async () => {
    await serve([], {}, { alike });
    const [a, b] = [side(), side()];
    await vi.waitFor(() => expect(likeness(a, b, "1").value).toEqual(alike));
    expect(likeness(a, b, "2").value).toBeNull();
  });
});
