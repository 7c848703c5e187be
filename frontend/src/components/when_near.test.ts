import { describe, expect, it, vi } from "vitest";
import { ifInWindow } from "./when_near";

/** Returns an element at a place in the window. */
function at(top: number, bottom: number): Element {
  const element = document.createElement("div");
  element.getBoundingClientRect = () => ({ top, bottom }) as DOMRect;
  return element;
}

const frame = () => new Promise(requestAnimationFrame);

describe("elements in the window", () => {
  it("are told before the first painting, others are not", async () => {
    const told: string[] = [];
    ifInWindow(at(-10, 5), () => told.push("partly above"));
    ifInWindow(at(20, 40), () => told.push("inside"));
    ifInWindow(at(-40, -10), () => told.push("above"));
    ifInWindow(at(window.innerHeight, 9999), () => told.push("below"));
    ifInWindow(at(20, 40), () => told.push("gone"))();
    await frame();
    await vi.waitFor(() => expect(told).toEqual(["partly above", "inside"]));
  });
});
