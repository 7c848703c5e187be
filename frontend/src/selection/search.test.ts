import { describe, expect, it } from "vitest";
import { matches, withoutUnfinished, type Known } from "./search";

const measures: Record<string, number> = { lift: 0.3, share: 0.5 };
const filter = (key: string, more: Partial<Known> = {}): Known => ({
  key,
  status: "dead",
  settled: null,
  pinned: false,
  twin: () => true,
  about: (name) => name === "4" || name === "pelican",
  measure: (name) => measures[name] ?? null,
  ...more,
});

describe("search", () => {
  it.each([
    ["", "5", true],
    ["class 4", "5", true],
    ["class 5", "5", false],
    ["Class Pelican and dead", "5", true],
    ["twins", "5", true],
    ["3, 10-20", "3", true],
    ["3, 10-20", "15", true],
    ["3, 10-20", "30", false],
    ["3", "3.2", true],
    ["3", "33", false],
    ["dead", "5", true],
    ["weak", "5", false],
    ["mix", "0.5 * mix", true],
    ["lift < 0.5", "5", true],
    ["lift<.5", "5", true],
    ["lift >= 0.5", "5", false],
    ["lift < 0.5 and share > 0.6", "5", false],
    ["lift < 0.5 and share > 0.4", "5", true],
    ["lift > 0.5, share > 0.4", "5", true],
    ["nothing < 1", "5", false],
  ])("%s finds %s: %s", (search, key, found) => {
    expect(matches(search, filter(key))).toBe(found);
  });

  it("finds settled and unsettled filters only if that is measured", () => {
    expect(matches("settled", filter("1", { settled: 1 }))).toBe(true);
    expect(matches("unsettled", filter("1", { settled: 0 }))).toBe(true);
    expect(matches("settled", filter("1"))).toBe(false);
    expect(matches("unsettled", filter("1"))).toBe(false);
  });

  it("finds pinned filters", () => {
    expect(matches("pinned", filter("1", { pinned: true }))).toBe(true);
    expect(matches("pinned", filter("1"))).toBe(false);
  });
});

describe("a search that is still being typed", () => {
  const measures = ["lift", "share"];
  it.each([
    ["dea", ""],
    ["3, unse", "3,"],
    ["lift", ""],
    ["lift <", ""],
    ["lift < 0.5 and sha", "lift < 0.5"],
    ["10-", ""],
    ["dead", "dead"],
    ["lift < 0.5", "lift < 0.5"],
    ["nonsense", "nonsense"],
  ])("%s counts as %s", (typed, meant) => {
    expect(withoutUnfinished(typed, measures)).toBe(meant);
  });
});
