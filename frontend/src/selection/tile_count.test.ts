import { fireEvent, screen } from "@testing-library/preact";
import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
  vi,
} from "vitest";
import { update } from "../state/state";
import { open } from "../testing/page";
import { freshRun } from "../testing/server";
import { endTyping, tileCount } from "./tile_count";

/** A layer of twenty filters, of which two are dead, and later five. */
async function openDying(search = "") {
  const keys = Array.from({ length: 20 }, (_, i) => String(i));
  const status = keys.map((_, i) => [
    i < 2 ? "dead" : "ok",
    i < 5 ? "dead" : "ok",
  ]);
  const layers = [{ tag: "conv", keys, epochs: [0, 1], status }];
  await open([{ run: freshRun("a"), layers }], { search });
  await screen.findAllByTestId("tile");
}

function type(search: string) {
  fireEvent.input(screen.getByLabelText("Filters"), {
    target: { value: search },
  });
}

describe("the number of tiles that fill the page", () => {
  beforeAll(() => void vi.useFakeTimers({ shouldAdvanceTime: true }));
  afterAll(() => void vi.useRealTimers());
  afterEach(endTyping);

  it("changes when typing has paused, and not before", async () => {
    await openDying();
    expect(tileCount.value).toBe(20);
    type("1");
    type("1, 2");
    expect(tileCount.value).toBe(20);
    await vi.advanceTimersByTimeAsync(700);
    type("1, 2, 3");
    await vi.advanceTimersByTimeAsync(700);
    expect(tileCount.value).toBe(20);
    await vi.advanceTimersByTimeAsync(400);
    expect(tileCount.value).toBe(3);
    type("1, 2, 3, 4");
    expect(tileCount.value).toBe(3);
    fireEvent.blur(screen.getByLabelText("Filters"));
    expect(tileCount.value).toBe(4);
    type("");
    expect(tileCount.value).toBe(20);
  });

  it("is known at once where nobody types, as in a link", async () => {
    await openDying("1-7");
    expect(tileCount.value).toBe(7);
    update({ search: "1-3" });
    expect(tileCount.value).toBe(3);
  });

  it("stays while a slider passes epochs at which others are found", async () => {
    await openDying("dead");
    expect(tileCount.value).toBe(5);
    update({ epoch: 0 });
    await vi.advanceTimersByTimeAsync(700);
    expect(tileCount.value).toBe(5);
    update({ epoch: 1 });
    await vi.advanceTimersByTimeAsync(700);
    update({ epoch: 0 });
    expect(tileCount.value).toBe(5);
    await vi.advanceTimersByTimeAsync(1100);
    expect(tileCount.value).toBe(2);
  });
});
