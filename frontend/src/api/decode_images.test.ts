import { describe, expect, it } from "vitest";
import { decodeImages } from "./decode_images";

function packed(answer: object, body: number[]): ArrayBuffer {
  const text = new TextEncoder().encode(JSON.stringify(answer));
  const buffer = new Uint8Array(4 + text.length + body.length);
  new DataView(buffer.buffer).setUint32(0, text.length, true);
  buffer.set(text, 4);
  buffer.set(body, 4 + text.length);
  return buffer.buffer;
}

describe("the answer with images", () => {
  it("is decoded into images and errors", async () => {
    const answer = {
      events: [
        {
          step: 2,
          header: { mime: "image/png", filters: [] },
          images: [
            { key: "0", offset: 0, size: 2 },
            { key: "1", offset: 2, size: 1 },
            { key: "2", error: "The image is gone." },
          ],
        },
      ],
      missing: [5],
      errors: [{ step: 3, error: "The event is empty." }],
    };
    const found = decodeImages(packed(answer, [1, 2, 3]));
    const images = found.events[0]?.images;
    const second = images?.get("1") as Blob;
    expect([...new Uint8Array(await second.arrayBuffer())]).toEqual([3]);
    expect(second.type).toBe("image/png");
    expect(images?.get("2")).toBe("The image is gone.");
    expect(found.missing).toEqual([5]);
    expect(found.errors[0]?.step).toBe(3);
  });

  it("has errors for the images that it is too short for", () => {
    const answer = {
      events: [
        {
          step: 2,
          header: { mime: "image/png", filters: [] },
          images: [
            { key: "0", offset: 0, size: 2 },
            { key: "1", offset: 2, size: 9 },
            { key: "2", offset: -1, size: 1 },
          ],
        },
      ],
      missing: [],
      errors: [],
    };
    const images = decodeImages(packed(answer, [1, 2, 3])).events[0]?.images;
    expect(images?.get("0")).toBeInstanceOf(Blob);
    expect(images?.get("1")).toContain("ends before the image");
    expect(images?.get("2")).toContain("ends before the image");
  });

  it("throws if it is something else", () => {
    const text = new TextEncoder().encode("<!doctype html><p>Log in</p>");
    expect(() => decodeImages(text.buffer)).toThrow();
    expect(() => decodeImages(new ArrayBuffer(2))).toThrow();
  });
});
