/** The whole dashboard over a log in memory, without canvases. */
import { fireEvent, render, screen, within } from "@testing-library/preact";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { App } from "./app";
import { failure } from "./api";
import { listing } from "./logs";
import type { State } from "./shape";
import { state } from "./state";
import { freshRun, serve, type FakeRun } from "./testing";
import { toParameters } from "./url";
import { DEFAULTS } from "./shape";

class Watcher {
  observe = vi.fn();
  unobserve = vi.fn();
  disconnect = vi.fn();
}

beforeEach(() => {
  vi.stubGlobal("IntersectionObserver", Watcher);
  vi.stubGlobal("ResizeObserver", Watcher);
  failure.value = null;
});

const values = {
  score: [
    [1, 2],
    [4, 3],
  ],
  lift: [
    [0.5, 1],
    [0.2, 0.4],
  ],
  settled: [
    [0, 1],
    [0, 0],
  ],
  drift: [
    [0.4, 0.1],
    [0.3, 0.2],
  ],
};

function logged(...names: string[]): FakeRun[] {
  const layers = [
    { tag: "conv1", keys: ["0", "1"], epochs: [0, 3], values },
    { tag: "conv2", keys: ["0"], epochs: [0, 3] },
  ];
  return names.map((name) => ({ run: freshRun(name), layers }));
}

async function open(
  runs: FakeRun[],
  change: Partial<State> = {},
  answers: object = {},
) {
  const hash = [...toParameters({ ...DEFAULTS, ...change })].map(
    ([name, value]) => `&p.actmax.${name}=${encodeURIComponent(value)}`,
  );
  history.replaceState(null, "", `#actmax${hash.join("")}`);
  await serve(runs, change, answers);
  render(<App />);
}

describe("the grid", () => {
  it("shows all filters, a summary, and which stop Tab has", async () => {
    await open(logged("a"));
    await screen.findByText("2 shown · 50 % settled · median lift 1.0");
    const tiles = screen.getAllByTestId("tile");
    expect(tiles.map((tile) => tile.tabIndex)).toEqual([0, -1]);
  });

  it("writes beside each filter what it is sorted by", async () => {
    await open(logged("a"), { sort: "lift" });
    await screen.findByText("0 · 1");
    const sort = screen.getByTestId("sort");
    fireEvent.change(sort, { target: { value: "score" } });
    await screen.findByText("1 · 3");
    fireEvent.click(screen.getByLabelText("Largest first"));
    await screen.findByLabelText("Smallest first");
    expect(screen.getAllByTestId("tile")[0]?.dataset["key"]).toBe("0");
  });

  it("disables sorts that the log has nothing for, and says why", async () => {
    await open(logged("a"));
    const option = await screen.findByText(/the probe had no labels/);
    expect(option.textContent).toContain("Class entropy");
    expect(option).toHaveProperty("disabled", true);
  });

  it("says that a search finds nothing", async () => {
    await open(logged("a"), { search: "lift > 5" });
    await screen.findByText("No filter of conv1 matches “lift > 5”.");
  });
});

describe("the inspector", () => {
  it("shows measures, how it was made, and since when it is settled", async () => {
    await open(logged("a"), { filter: "0" });
    const inspector = await screen.findByTestId("inspector");
    await within(inspector).findByText("conv1, filter 0");
    await within(inspector).findByText(/settled since 3/);
    await within(inspector).findByText("5 × 5 px");
    await within(inspector).findByLabelText("Lift over epochs, from 0.5 to 1");
    fireEvent.click(within(inspector).getByText("Compare with epoch 0"));
    expect(state.value.view).toBe("compare");
    expect([state.value.a?.epoch, state.value.b?.epoch]).toEqual([0, 3]);
  });

  it("closes, and opens with the next filter that is chosen", async () => {
    await open(logged("a"), { filter: "0" });
    fireEvent.click(await screen.findByLabelText("Close the inspector"));
    await vi.waitFor(() =>
      expect(screen.queryByTestId("inspector")).toBeNull(),
    );
    const [tile] = await screen.findAllByTestId("tile");
    if (tile) fireEvent.click(tile);
    await screen.findByTestId("inspector");
  });

  it("offers all that can be saved", async () => {
    await open(logged("a"), { filter: "0" });
    const menu = await screen.findByTestId("save");
    const items = within(menu).getAllByRole("button", { hidden: true });
    expect(items.map((item) => item.textContent)).toEqual([
      "Image",
      "Strip over epochs",
      "Contact sheet of the layer",
      "Animation of the filter",
      "Animation of the layer",
    ]);
  });
});

describe("over time", () => {
  it("has a row for each filter, a column for each epoch", async () => {
    await open(logged("a"), { view: "time" });
    await screen.findByLabelText("Epoch 3");
    const rows = await screen.findAllByTestId("settling");
    expect(rows.map((row) => row.textContent)).toEqual([
      "settled at 3",
      "not settled",
    ]);
    fireEvent.click(screen.getByLabelText("Epoch 0"));
    expect(state.value.epoch).toBe(0);
  });
});

describe("layers", () => {
  it("are cards in the network's order, with shares over epochs", async () => {
    await open(logged("a"), { view: "layers" });
    const cards = await screen.findAllByTestId("layer-card");
    expect(cards.map((card) => card.getAttribute("aria-label"))).toEqual([
      "conv1",
      "conv2",
    ]);
    await screen.findByLabelText(/^settled over epochs, from 0 % to 50 %/);
    fireEvent.click(screen.getByRole("button", { name: "conv2" }));
    expect(state.value).toMatchObject({ layer: "conv2", view: "grid" });
  });
});

describe("across runs", () => {
  const alike = { epochs: [0, 3], cka: [0.9, 0.7], r: [1, 1], reason: null };

  it("shows counterparts, how sure they are, and the layers' likeness", async () => {
    const pairs = [
      { key: "0", other: "1", r: 0.93 },
      { key: "1", other: "0", r: 0.2 },
    ];
    const answers = { match: { pairs, cka: 0.7, reason: null }, alike };
    await open(logged("a", "b"), { view: "runs" }, answers);
    await screen.findByText("filter 1, r 0.93");
    expect((await screen.findByTestId("chart")).textContent).toContain("0.7");
    fireEvent.change(screen.getByTestId("filter"), { target: { value: "1" } });
    await screen.findByText("no counterpart: the nearest, 0, has r 0.20");
    fireEvent.click(screen.getByLabelText(/^Compare with b/));
    expect(state.value.view).toBe("compare");
  });

  it("says why runs cannot be matched", async () => {
    const match = { pairs: [], cka: null, reason: "Other probes." };
    await open(logged("a", "b"), { view: "runs" }, { match, alike });
    const said = await screen.findByTestId("reason");
    expect(said.textContent).toContain("Other probes.");
  });
});

describe("compare", () => {
  it("begins with first and newest epoch, and offers the rest", async () => {
    await open(logged("a"), { view: "compare" });
    const first = await screen.findByText("First and newest epoch");
    await vi.waitFor(() =>
      expect(first.getAttribute("aria-pressed")).toBe("true"),
    );
    expect(screen.getByText("Two runs")).toHaveProperty("disabled", true);
    fireEvent.click(screen.getByText("Two filters"));
    await vi.waitFor(() => expect(state.value.b?.key).toBe("1"));
    fireEvent.click(screen.getByLabelText("Swap A and B"));
    expect(state.value.a?.key).toBe("1");
    for (const way of ["Swipe", "Blink", "Difference"]) {
      fireEvent.click(screen.getByText(way));
      await screen.findByText(way);
    }
    expect(state.value.compare).toBe("difference");
  });
});

describe("pins", () => {
  it("are at hand in every view, and can be taken off", async () => {
    const pins = [JSON.stringify(["conv2", "0"])];
    await open(logged("a"), { pins, view: "layers" });
    const strip = await screen.findByLabelText("Pinned filters");
    fireEvent.click(within(strip).getByLabelText("Unpin conv2, filter 0"));
    expect(state.value.pins).toEqual([]);
  });
});

describe("the scrubber", () => {
  it("says how many epochs were kept of those that were made", async () => {
    await open(logged("a"));
    await screen.findByText("2 of 4 epochs");
  });

  it("shows batches where the log tells them", async () => {
    const header = { batches: 1500 };
    const layers = [{ tag: "conv1", keys: ["0"], epochs: [1], header }];
    await open([{ run: freshRun("steps"), layers }]);
    expect((await screen.findByTestId("batches")).textContent).toBe(
      "batch 1,500",
    );
  });
});

describe("volumes and channels", () => {
  it("have controls of their own", async () => {
    const header = { depth: 5, channels: 4 };
    const layers = [{ tag: "conv1", keys: ["0"], epochs: [1], header }];
    await open([{ run: freshRun("volume"), layers }]);
    const slice = await screen.findByTestId("slice");
    expect(slice.getAttribute("aria-valuetext")).toBe("slice 3 of 5");
    fireEvent.input(slice, { target: { value: "4" } });
    expect(state.value.slice).toBe(4);
    fireEvent.change(screen.getByTestId("channel"), {
      target: { value: "2" },
    });
    expect(state.value.channel).toBe("2");
  });
});

describe("messages", () => {
  it("say what to run where nothing is logged", async () => {
    await open([]);
    await screen.findByText("No images of filters here yet");
  });

  it("say what is wrong, and offer to try again", async () => {
    listing.value = { kind: "error", message: "The disk is on fire." };
    await open(logged("a"), { run: "gone" });
    await screen.findByText("The run “gone” is not in these logs.");
    fireEvent.click(screen.getByText("Show what is there"));
    await screen.findAllByTestId("tile");
    failure.value = "gone away";
    await screen.findByText(/TensorBoard does not answer/);
  });
});

describe("help", () => {
  it("opens by its button and closes again", async () => {
    await open(logged("a"));
    fireEvent.click(await screen.findByLabelText(/^Help/));
    await screen.findByText("Keys, marks and search");
    fireEvent.click(screen.getByLabelText("Close"));
    await vi.waitFor(() =>
      expect(screen.queryByText("Keys, marks and search")).toBeNull(),
    );
  });
});
