import { render, screen } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import { HealthBar, partsOf, spoken } from "./health_bar";

const health = {
  logged: 16,
  dead: 3,
  weak: 1,
  flat: 0,
  settled: 9,
  known: 13,
  medianLift: null,
};

describe("the bar of a layer", () => {
  it("has parts that add up to its filters", () => {
    const parts = partsOf(health);
    expect(Object.fromEntries(parts)).toMatchObject({ dead: 3, weak: 1 });
    const sum = parts.reduce((total, [, count]) => total + count, 0);
    expect(sum).toBe(16);
  });

  it("is described in words", () => {
    render(<HealthBar health={health} />);
    expect(screen.getByRole("img").getAttribute("aria-label")).toBe(
      spoken(health),
    );
    expect(spoken({ ...health, known: 0, settled: 0, weak: 0 })).toBe(
      "3 dead, 13 alive",
    );
  });
});
