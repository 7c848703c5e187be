import { describe, expect, it, vi } from "vitest";
import type { Images } from "../api/types";
import { stateOf } from "./image_state";

const answer = {
  events: [
    {
      step: 2,
      wall_time: 1,
      header: { channels: 1 },
      entries: new Map([
        ["0", { key: "0", filter: 0 }],
        ["1", { key: "1", filter: 1 }],
      ]),
      images: new Map<string, Blob | string>([
        ["0", new Blob(["no image"])],
        ["1", "torn"],
      ]),
      extra: [],
    },
  ],
  missing: [],
  left: [],
  errors: [{ step: 4, error: "The event cannot be read." }],
} as unknown as Images;

describe("the state of an image", () => {
  it.each([
    [{ step: 3, key: "0" }, { kind: "missing" }],
    [{ step: 2, key: "7" }, { kind: "missing" }],
    [
      { step: 2, key: "1" },
      { kind: "error", message: "torn" },
    ],
    [
      { step: 4, key: "0" },
      { kind: "error", message: "The event cannot be read." },
    ],
  ])("of %o is %o", async (wanted, state) => {
    expect(await stateOf(wanted, answer)).toEqual(state);
  });

  it("is an error if the browser cannot decode it", async () => {
    vi.stubGlobal("createImageBitmap", () => Promise.reject(new Error("no")));
    expect(await stateOf({ step: 2, key: "0" }, answer)).toEqual({
      kind: "error",
      message: "The stored bytes are not an image.",
    });
  });
});
