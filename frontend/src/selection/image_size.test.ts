import { cleanup, screen } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import { open } from "../testing/page";
import { freshRun } from "../testing/server";
import { SIZES } from "../state/schema";
import { availableSpace, isWide } from "./available_space";
import { filtersBeside, imageSize } from "./image_size";

/** Runs with so many filters, and real inputs or none. */
function trained(
  names: string[],
  filters: number,
  exemplars: object | null = {},
) {
  const keys = Array.from({ length: filters }, (_, i) => String(i));
  const layers = [{ tag: "conv", keys, epochs: [0], header: { exemplars } }];
  return names.map((name) => ({ run: freshRun(name), layers }));
}

async function openLedger(filters: number, exemplars: object | null = {}) {
  const keys = Array.from({ length: filters }, (_, i) => String(i));
  const pairs = keys.map((key) => ({ key, other: key, r: 0.95 }));
  const match = { pairs, cka: 0.9, reason: null };
  const runs = trained(["a", "b"], filters, exemplars);
  await open(runs, { view: "runs" }, { match });
  await screen.findByText("0 → 0 · r 0.95");
}

function sized(width: number, height: number, wide = width >= 1800): number {
  isWide.value = wide;
  availableSpace.value = { width, height };
  return imageSize.value;
}

/** Pixels of a card with four images, and of the gap after it. */
const cardOf = (size: number) => 4 * size + 48;

describe("the size of the images of the ledger", () => {
  it("follows the room", async () => {
    await openLedger(8);
    const [small, large] = [sized(1280, 680), sized(2560, 1320)];
    expect(small).toBeGreaterThanOrEqual(72);
    expect(large).toBeGreaterThan(1.5 * small);
    const across = Math.floor((2560 - 24) / cardOf(large));
    const down = Math.ceil(8 / across);
    expect(down * (large + 39)).toBeLessThan(1320);
    expect(down * (large + 39)).toBeGreaterThan(0.5 * 1320);
  });

  it("fills the rows where there are too many to see at once", async () => {
    await openLedger(200);
    for (const width of [390, 768, 1280, 2560]) {
      const card = cardOf(sized(width, 700));
      const used = Math.floor((width - 24) / card) * card;
      expect(used).toBeLessThanOrEqual(width - 24);
      expect(used).toBeGreaterThan(0.9 * (width - 24));
    }
  });

  it("gives images the room of inputs that are not logged", async () => {
    await openLedger(200);
    const beside = sized(390, 700);
    cleanup();
    await openLedger(200, null);
    expect(sized(390, 700)).toBeGreaterThan(1.2 * beside);
  });
});

describe("the size of the images of one filter in all runs", () => {
  it("lets few runs fill the height", async () => {
    const match = { pairs: [], cka: null, reason: "Other probes." };
    const alike = { epochs: [], cka: [], r: [], reason: match.reason };
    await open(trained(["a"], 2), { view: "across" }, { match, alike });
    await screen.findByTestId("across-runs");
    expect(sized(2560, 1320)).toBe(SIZES.most);
    cleanup();
    const three = trained(["a", "b", "c"], 2);
    await open(three, { view: "across" }, { match, alike });
    await screen.findByTestId("across-runs");
    const size = sized(2560, 1320);
    expect(3 * size).toBeLessThan(1320);
    expect(3 * size).toBeGreaterThan(0.75 * 1320);
  });
});

describe("the size of the images over time", () => {
  /** Pixels of the rows of a line. */
  const lineOf = (columns: number) =>
    filtersBeside.value * (112 + columns * (imageSize.value + 4));

  async function openTable(filters: number, columns: number, state = {}) {
    const keys = Array.from({ length: filters }, (_, i) => String(i));
    const at = Array.from({ length: columns }, (_, i) => i);
    const layers = [{ tag: "conv", keys, epochs: at }];
    await open([{ run: freshRun(), layers }], { view: "time", ...state });
    await screen.findAllByLabelText("Epoch 0");
  }

  it.each([1, 2, 3, 5, 7])("fills the width with %i epochs", async (count) => {
    await openTable(60, count);
    for (const width of [390, 1010, 1270, 2300]) {
      const size = sized(width, 700);
      expect(size).toBeGreaterThanOrEqual(48);
      if (width < 500 && count > 3) continue; // it scrolls sideways
      expect(lineOf(count)).toBeLessThanOrEqual(width);
      expect(lineOf(count)).toBeGreaterThan(0.85 * width);
    }
  });

  it("shows few filters as large as they are in view together", async () => {
    await openTable(2, 2);
    const size = sized(1270, 700);
    expect(size).toBeGreaterThan(250);
    expect(Math.ceil(2 / filtersBeside.value) * size).toBeLessThan(700);
  });

  it("keeps all of many epochs in view", async () => {
    await openTable(60, 12);
    sized(1270, 700);
    expect(filtersBeside.value).toBe(1);
    expect(lineOf(12)).toBeLessThanOrEqual(1270);
  });

  it("puts as many filters beside each other as the chosen size allows", async () => {
    await openTable(60, 2, { size: 64 });
    expect(sized(1010, 700)).toBe(64);
    expect(filtersBeside.value).toBe(4);
  });
});
