import { effect } from "@preact/signals";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { Answer, Entry, keepListed, obtain, revalidate } from "./store";

const LARGE = 50 << 20; // two fit into the store, three do not

function entry(tag: string, rest: unknown = null): Entry<number> {
  return obtain("test", [["run", tag]], rest, () => new Entry(0));
}

beforeEach(() => keepListed([]));

describe("the store", () => {
  it("has one entry for each key", () => {
    expect(entry("a")).toBe(entry("a"));
    expect(entry("a", 1)).not.toBe(entry("a", 2));
    expect(entry("a")).not.toBe(entry("b"));
  });

  it("evicts the least recently used entry when it is full", () => {
    const [a, b, c] = [entry("a"), entry("b"), entry("c")];
    a.resize(LARGE);
    b.resize(LARGE);
    entry("a");
    c.resize(LARGE);
    expect(entry("a")).toBe(a);
    expect(entry("c")).toBe(c);
    expect(entry("b")).not.toBe(b);
  });

  it("never evicts an entry that is shown", () => {
    const [a, b, c] = [entry("a"), entry("b"), entry("c")];
    const stop = effect(() => void a.value.value);
    for (const one of [a, b, c]) one.resize(LARGE);
    expect(entry("a")).toBe(a);
    expect(entry("b")).not.toBe(b);
    stop();
  });

  it("forgets an entry when one of its layers is not listed any more", () => {
    const both = () =>
      obtain(
        "test",
        [
          ["run", "a"],
          ["other", "a"],
        ],
        null,
        () => new Entry(0),
      );
    const [first, one] = [both(), entry("a")];
    keepListed([
      ["run", "a"],
      ["other", "a"],
    ]);
    expect(both()).toBe(first);
    keepListed([["run", "a"]]);
    expect(both()).not.toBe(first);
    expect(entry("a")).toBe(one);
  });

  it("tells the entries of a layer when its events were written", () => {
    const [a, b] = [entry("a"), entry("b")];
    a.revalidate = vi.fn();
    b.revalidate = vi.fn();
    revalidate(["run", "a"], new Map([[0, 5]]));
    expect(a.revalidate).toHaveBeenCalledWith(new Map([[0, 5]]));
    expect(b.revalidate).not.toHaveBeenCalled();
  });
});

describe("an answer", () => {
  const size = () => 1;

  it("is asked for once, and again when the version changes", async () => {
    const one = new Answer<string>();
    const first = vi.fn(() => Promise.resolve("first"));
    one.ask("1", first, size);
    one.ask("1", first, size);
    await Promise.resolve();
    expect(one.value.value).toBe("first");
    one.ask("2", () => Promise.resolve("second"), size);
    expect(one.value.value).toBe("first"); // until the new one arrives
    await Promise.resolve();
    expect(one.value.value).toBe("second");
    expect(first).toHaveBeenCalledTimes(1);
  });

  it("is dropped when another version was asked for meanwhile", async () => {
    const one = new Answer<string>();
    let late: (value: string) => void = () => undefined;
    one.ask("1", () => new Promise((resolve) => (late = resolve)), size);
    one.ask("2", () => Promise.resolve("second"), size);
    await Promise.resolve();
    late("first");
    await Promise.resolve();
    expect(one.value.value).toBe("second");
  });

  it("is asked for again after a failure", async () => {
    const one = new Answer<string>();
    one.ask("1", () => Promise.reject(new Error("gone")), size);
    await new Promise((resolve) => setTimeout(resolve));
    one.ask("1", () => Promise.resolve("found"), size);
    await Promise.resolve();
    expect(one.value.value).toBe("found");
  });
});
