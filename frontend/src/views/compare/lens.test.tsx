import { fireEvent, render, screen } from "@testing-library/preact";
import { beforeEach, describe, expect, it } from "vitest";
import {
  Lens,
  lens,
  LensButtons,
  lensSize,
  panned,
  resetLens,
  zoomed,
} from "./lens";

beforeEach(resetLens);

describe("zoom", () => {
  it("keeps in place what lies under the pointer", () => {
    const before = { zoom: 2, x: 10, y: -5 };
    const after = zoomed(before, 1.5, 40, 20);
    const inPicture = (l: typeof before, px: number) => (px - l.x) / l.zoom;
    expect(inPicture(after, 40)).toBeCloseTo(inPicture(before, 40));
  });

  it("ends at the whole picture, in the middle, and at 16 times", () => {
    expect(zoomed({ zoom: 2, x: 30, y: 30 }, 0.1)).toEqual({
      zoom: 1,
      x: 0,
      y: 0,
    });
    expect(zoomed({ zoom: 10, x: 0, y: 0 }, 10).zoom).toBe(16);
  });
});

describe("pan", () => {
  it("never moves the picture out of its frame", () => {
    lensSize.value = 100;
    expect(panned({ zoom: 1, x: 0, y: 0 }, 50, 50)).toMatchObject({ x: 0 });
    expect(panned({ zoom: 3, x: 0, y: 0 }, 500, -500)).toMatchObject({
      x: 100,
      y: -100,
    });
  });
});

describe("two lenses", () => {
  it("are moved in lockstep, by wheel and by buttons", () => {
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
