import { describe, expect, it } from "vitest";
import { escaped, SvgPen } from "./svg";

/** Draws; returns what is in the file. */
async function drawn(draw: (pen: SvgPen) => void) {
  const pen = new SvgPen();
  draw(pen);
  const text = await pen.finish(20, 10, "a < b", { epoch: 3 });
  return new DOMParser().parseFromString(text, "image/svg+xml");
}

describe("a drawing as SVG", () => {
  it("has a size, a title and its settings", async () => {
    const file = await drawn(() => undefined);
    expect(file.documentElement.getAttribute("viewBox")).toBe("0 0 20 10");
    expect(file.querySelector("title")?.textContent).toBe("a < b");
    const about = file.querySelector("desc")?.textContent ?? "";
    expect(JSON.parse(about)).toEqual({ epoch: 3 });
  });

  it("has lines and boxes, moved with their origin", async () => {
    const file = await drawn((pen) => {
      pen.save();
      pen.translate(5, 2);
      pen.strokeStyle = "#123456";
      pen.beginPath();
      pen.lineTo(0, 0);
      pen.lineTo(1.234, 3);
      pen.stroke();
      pen.restore();
      pen.fillStyle = "#ffffff";
      pen.fillRect(0, 0, 20, 10);
    });
    const path = file.querySelector("path");
    expect(path?.getAttribute("d")).toBe("M5 2L6.23 5");
    expect(path?.getAttribute("stroke")).toBe("#123456");
    const box = file.querySelector("rect");
    expect(box?.getAttribute("x")).toBe("0");
    expect(box?.getAttribute("fill")).toBe("#ffffff");
  });

  it("keeps text as text", async () => {
    const file = await drawn((pen) => {
      pen.font = "bold 14px Roboto, sans-serif";
      pen.textAlign = "center";
      pen.fillText("conv<1> & more", 3, 4);
    });
    const text = file.querySelector("text");
    expect(text?.textContent).toBe("conv<1> & more");
    expect(text?.getAttribute("font-size")).toBe("14");
    expect(text?.getAttribute("font-weight")).toBe("bold");
    expect(text?.getAttribute("text-anchor")).toBe("middle");
  });

  it("leaves out what XML cannot hold", () => {
    expect(escaped('a\u0001"<&>')).toBe("a&quot;&lt;&amp;&gt;");
  });
});
