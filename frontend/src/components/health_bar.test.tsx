import { render, screen } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import { HealthBar } from "./health_bar";

describe("the bar of a layer", () => {
  const counts = {
    logged: 16,
    dead: 3,
    weak: 1,
    flat: 0,
    plain: 0,
    settled: 9,
    changing: 3,
  };

  it("is described in words", () => {
    render(<HealthBar counts={counts} />);
    expect(screen.getByRole("img").getAttribute("aria-label")).toBe(
      "3 dead, 1 weak, 3 still changing, 9 settled",
    );
  });

  it("is divided as the filters are", () => {
    render(<HealthBar counts={counts} />);
    const parts = [...screen.getByRole("img").children].map((part) => [
      part.className,
      Number((part as HTMLElement).style.flexGrow),
    ]);
    expect(parts).toEqual([
      ["dead", 3],
      ["weak", 1],
      ["changing", 3],
      ["calm", 9],
    ]);
  });
});
