import { fireEvent, render, screen } from "@testing-library/preact";
import { beforeEach, describe, expect, it } from "vitest";
import { Lens, LensButtons } from "./lens";
import { lens, resetLens } from "../../selection/lens";

beforeEach(resetLens);

describe("two lenses", () => {
  it("move together, by wheel and by buttons", () => {
    render(
      <>
        <Lens size={100} label="A">
          a
        </Lens>
        <Lens size={100} label="B">
          b
        </Lens>
        <LensButtons />
      </>,
    );
    fireEvent.wheel(screen.getByLabelText("A"), { deltaY: -300 });
    const inner = (name: string) =>
      (screen.getByLabelText(name).firstElementChild as HTMLElement).style
        .transform;
    return Promise.resolve().then(() => {
      expect(lens.value.zoom).toBeCloseTo(Math.E);
      expect(inner("A")).toContain("scale(2.718");
      expect(inner("B")).toBe(inner("A"));
      fireEvent.click(screen.getByLabelText(/reset/));
      expect(lens.value.zoom).toBe(1);
    });
  });
});
