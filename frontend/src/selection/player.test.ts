import { beforeEach, describe, expect, it, vi } from "vitest";
import { epoch, epochs } from "./shown";
import {
  goTo,
  keepPlaying,
  move,
  nearest,
  playing,
  position,
  speed,
  epochChange,
  togglePlay,
} from "./player";
import { state, update } from "../state/state";
import { freshRun, serve } from "../testing/server";

beforeEach(async () => {
  const layers = [{ tag: "conv", keys: ["0"], epochs: [0, 2, 4, 10] }];
  await serve([{ run: freshRun(), layers }]);
  await vi.waitFor(() => expect(epochs.value).toHaveLength(4));
});

describe("moving over epochs", () => {
  it("visits the logged ones and stops at the ends", () => {
    move(-1);
    expect(epoch.value).toBe(4);
    goTo(-5);
    expect(epoch.value).toBe(0);
    move(1);
    expect(epoch.value).toBe(2);
    goTo(99);
    expect(epoch.value).toBe(10);
  });

  it("remembers a move until the epochs are known", async () => {
    const of = freshRun();
    const layers = ["conv", "dense"].map((tag) => {
      return { tag, keys: ["0"], epochs: [0, 2, 4, 10] };
    });
    await serve([{ run: of, layers }]);
    update({ run: of, layer: "conv", epoch: null });
    expect(epochs.value).toHaveLength(0);
    goTo(0);
    move(1);
    await vi.waitFor(() => expect(epoch.value).toBe(2));

    update({ layer: "dense", epoch: null });
    goTo(0);
    update({ layer: "conv", epoch: 4 });
    await vi.waitFor(() => expect(epochs.value).toHaveLength(4));
    update({ layer: "dense", epoch: null });
    await vi.waitFor(() => expect(epochs.value).toHaveLength(4));
    expect(epoch.value).toBe(10);
  });

  it("follows the newest only while it is shown", () => {
    goTo(3);
    expect(state.value.epoch).toBeNull();
    goTo(1);
    expect(state.value.epoch).toBe(2);
    expect(epochChange(10)).toEqual({ epoch: null });
    expect(epochChange(4)).toEqual({ epoch: 4 });
  });

  it("finds the nearest of an epoch that is not logged", () => {
    update({ epoch: 3 });
    expect(position()).toBe(1);
    expect(nearest(9)).toBe(3);
    expect(nearest(-4)).toBe(0);
  });

  it("moves image B of a comparison", async () => {
    update({ view: "compare" });
    move(-1);
    await vi.waitFor(() => {
      if (!state.value.b) move(-1);
      expect(state.value.b?.epoch).toBe(4);
    });
    expect(state.value.a?.epoch).toBe(0);
  });
});

describe("play", () => {
  it("starts over at the end, changes speed and stops at the newest", () => {
    vi.useFakeTimers();
    speed.value = 4;
    const stop = keepPlaying();
    togglePlay();
    expect(epoch.value).toBe(0);
    vi.advanceTimersByTime(250);
    expect(epoch.value).toBe(2);
    speed.value = 8;
    vi.advanceTimersByTime(250);
    expect(epoch.value).toBe(10);
    vi.advanceTimersByTime(125);
    expect(playing.value).toBe(false);
    stop();
    vi.useRealTimers();
  });
});
