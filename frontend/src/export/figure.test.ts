import { describe, expect, it } from "vitest";
import { captionOf } from "./figure";
import type { Ready } from "./pictures";

describe("the caption of a saved image", () => {
  const place = { run: "r", tag: "conv", epoch: 6, key: "26" };
  const found = (status: string) => ({
    found: { entry: { status } } as unknown as Ready,
  });
  const item = { places: [place], caption: "26" };

  it.each([
    ["dead", "26 · dead"],
    ["weak", "26 · weak"],
    ["ok", "26"],
  ])("marks a filter that is %s", (status, caption) => {
    expect(captionOf(item, [found(status)])).toBe(caption);
  });

  it("says that an image is not logged", () => {
    expect(captionOf(item, [{ found: null }])).toBe("26: not logged");
  });

  it("says nothing of one of two images", () => {
    const two = { places: [place, place], caption: "26 | 26" };
    expect(captionOf(two, [found("dead"), found("ok")])).toBe("26 | 26");
  });
});
