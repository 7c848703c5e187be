import { describe, expect, it } from "vitest";
import { layOut, type Measure } from "./layout";

const sheet: Measure = {
  sections: [{ count: 20, images: 1 }],
  largest: 16,
  least: 96,
  columns: 8,
  titles: 1,
  headings: false,
  captions: true,
  patches: false,
};

describe("the layout of a figure", () => {
  it("enlarges pixels by whole numbers", () => {
    expect(layOut({ ...sheet, largest: 14 }).tile).toBe(98);
    expect(layOut({ ...sheet, largest: 200 }).tile).toBe(200);
  });

  it("has room for all rows, captions and a title", () => {
    const plan = layOut(sheet);
    expect(plan.width).toBe(8 * (96 + 8) + 8);
    expect(plan.height).toBe(40 + 3 * (96 + 16 + 8));
    expect(plan.sections[0]?.items[9]).toEqual({ x: 8 + 104, y: 40 + 120 });
  });

  it("is only as wide as its images, or as its title", () => {
    const two = [{ count: 2, images: 1 }];
    expect(layOut({ ...sheet, sections: two }).width).toBe(340);
    expect(layOut({ ...sheet, sections: two, captions: false })).toMatchObject({
      width: 2 * 104 + 8,
      height: 8 + 104,
    });
  });

  it("has room for patches beside each image", () => {
    const sections = [{ count: 8, images: 2 }];
    const plan = layOut({ ...sheet, sections, patches: true });
    expect(plan.sections[0]?.item).toBe(4 * 96 + 3 * 4);
  });

  it("fills its width with items of one image and of two", () => {
    const sections = [
      { count: 4, images: 2 },
      { count: 9, images: 1 },
    ];
    const plan = layOut({ ...sheet, columns: 4, sections });
    expect(plan.width).toBe(4 * (2 * 96 + 4 + 20) + 8);
    const [first, second] = plan.sections;
    expect(first?.items[3]?.y).toBe(first?.items[0]?.y);
    expect(second?.items[7]?.y).toBe(second?.items[0]?.y);
  });

  it("puts sections under each other, each below its heading", () => {
    const sections = [
      { count: 8, images: 1 },
      { count: 3, images: 1 },
    ];
    const plan = layOut({ ...sheet, sections, headings: true });
    const [first, second] = plan.sections;
    expect(first?.items[0]?.y).toBe(40 + 26);
    expect(second?.heading).toBe(40 + 26 + 120);
    expect(second?.items[0]?.y).toBe(40 + 26 + 120 + 26);
  });
});
