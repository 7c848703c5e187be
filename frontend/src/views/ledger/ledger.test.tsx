import { fireEvent, screen, within } from "@testing-library/preact";
import { describe, expect, it, vi } from "vitest";
import type { State } from "../../state/schema";
import { state, update } from "../../state/state";
import { logged, open } from "../../testing/page";
import { freshRun } from "../../testing/server";
import { captionOf, captionWithStatus } from "./change_card";

describe("the ledger", () => {
  const pairs = [
    { key: "0", other: "1", r: 0.95 },
    { key: "1", other: "0", r: 0.2 },
  ];
  const nearest = [
    { key: "0", other: "1", r: 0.95 },
    { key: "1", other: "1", r: 0.6 },
  ];
  const match = { pairs, nearest, cka: 0.7, reason: null };

  it("counts kept, changed, lost and new filters of each layer", async () => {
    await open(logged("a", "b"), { view: "runs", layer: "conv1" }, { match });
    const [first] = await screen.findAllByTestId("ledger-layer");
    await within(first as HTMLElement).findByText(
      /1 kept, 0 changed, 1 lost, 1 new · similarity 0\.70/,
    );
    await screen.findByText("0 → 1 · r 0.95");
    await screen.findByText("1 · nearest 1 (r 0.60), which is paired with 0");
    await screen.findByText("0 · nothing like it: nearest r 0.20");
    fireEvent.click(
      screen.getByLabelText("Filter 0, then filter 1: 0 → 1 · r 0.95"),
    );
    expect(state.value).toMatchObject({
      view: "compare",
      a: { key: "0" },
      b: { key: "1" },
    });
  });

  it("shows the selected filter first", async () => {
    const shown = { view: "runs", layer: "conv1", filter: "1" } as const;
    await open(logged("a", "b"), shown, { match });
    const selected = await screen.findByTestId("selected-change");
    within(selected).getByText("0 → 1 · r 0.95");
  });

  it("says that an epoch logs fewer filters", async () => {
    const status = [
      ["ok", "ok"],
      [null, "ok"],
    ];
    const values = {
      score: [
        [1, 2],
        [null, 3],
      ],
    };
    const layer = { tag: "conv", keys: ["0", "1"], epochs: [0, 3] };
    const run = { run: freshRun("a"), layers: [{ ...layer, status, values }] };
    const kept = { ...match, pairs: [{ key: "0", other: "0", r: 0.95 }] };
    await open([run], { view: "runs" }, { match: kept });
    await screen.findByText(/1 kept, 0 changed, 0 lost, 0 new/);
    screen.getByText(/only 1 of 2 compared/);
    expect(screen.getByTestId("logged").textContent).toBe(
      "1 filters are logged at epoch 0, 2 at epoch 3. Those that only one of them logs are not counted.",
    );
  });

  it("compares a lone run with its first epoch", async () => {
    await open(logged("a"), { view: "runs" }, { match });
    const before = await screen.findByTestId("side-Before");
    const epoch = within(before).getByLabelText("Before: epoch");
    await screen.findByText("0 → 1 · r 0.95");
    expect(epoch).toHaveProperty("value", "0");
    fireEvent.change(epoch, { target: { value: "3" } });
    await screen.findAllByText(/Both sides are the same/);
  });

  it("compares a run with the one above, and the first with the next", async () => {
    const runs = logged("a", "b", "c");
    const [first, second, third] = runs.map(({ run }) => run);
    await open(runs, { view: "runs", run: second ?? null }, { match });
    const before = await screen.findByLabelText("Before: run");
    const after = screen.getByLabelText("After: run");
    expect(before).toHaveProperty("value", first);
    fireEvent.change(after, { target: { value: third } });
    expect(before).toHaveProperty("value", first);
    update({ run: first ?? null, against: null });
    await vi.waitFor(() => expect(after).toHaveProperty("value", first));
    expect(before).toHaveProperty("value", second);
  });

  it("chooses no run of another network", async () => {
    const [one, two] = logged("a", "b");
    const layers = two?.layers.map((layer, i) =>
      i ? layer : { ...layer, tag: "stem" },
    );
    const other = { run: two?.run ?? "", layers: layers ?? [] };
    const runs = one ? [one, other] : [];
    await open(runs, { view: "runs" }, { match });
    const after = await screen.findByLabelText("After: run");
    fireEvent.change(after, { target: { value: other.run } });
    const before = screen.getByLabelText("Before: run");
    expect(before).toHaveProperty("value", other.run);
    // A person may.
    fireEvent.change(before, { target: { value: one?.run } });
    expect(before).toHaveProperty("value", one?.run);
    expect(await screen.findAllByTestId("ledger-layer")).toHaveLength(1);
  });

  it("says that one run at one epoch cannot be compared", async () => {
    const layers = [{ tag: "conv", keys: ["0"], epochs: [0] }];
    await open([{ run: freshRun("a"), layers }], { view: "runs" }, { match });
    await screen.findByText(/there is nothing to compare it with/);
    fireEvent.click(screen.getByText("Compare two filters"));
    expect(state.value.view).toBe("compare");
  });

  it("says why layers cannot be compared", async () => {
    const answer = { pairs: [], cka: null, reason: "Other probes." };
    await open(logged("a", "b"), { view: "runs" }, { match: answer });
    const said = await screen.findByTestId("reason");
    expect(said.textContent).toContain("Other probes.");
  });

  const status = { before: "ok", after: null };

  it("marks dead filters on their side, and counts them", async () => {
    const runs = logged("a", "b").map((run, i) => ({
      ...run,
      layers: run.layers.map((layer) => ({
        ...layer,
        status: [["ok", i ? "dead" : "ok"], layer.epochs.map(() => "weak")],
      })),
    }));
    const shown: Partial<State> = { view: "runs", layer: "conv1" };
    await open(
      runs,
      { ...shown, run: runs[1]?.run ?? null },
      {
        match: { pairs: [{ key: "0", other: "0", r: 0.95 }], cka: 0.7 },
      },
    );
    const card = await screen.findByLabelText(
      "Filter 0, then filter 0 (dead): 0 → 0 · r 0.95",
    );
    const [before, after] = card.querySelectorAll(".change-images .joined");
    expect(before?.querySelector(".mark")).toBeNull();
    expect(after?.querySelector(".mark")?.textContent).toBe("✕");
    const [lost] = await screen.findAllByLabelText(/^Filter 1 \(weak\), lost/);
    expect(lost?.querySelector(".mark")?.textContent).toBe("◌");
    await screen.findByText(
      /1 kept, 0 changed, 1 lost, 1 new · dead 0 → 1: 1 died · similarity/,
    );
  });

  it("says in words in a figure which filters are dead", () => {
    const change = { before: "3", after: "12", r: 0.84, nearest: null };
    const died = { before: "ok", after: "dead" };
    expect(captionWithStatus({ ...change, status: died })).toBe(
      "3 → 12 (dead) · r 0.84",
    );
  });

  it("names a filter before and after", () => {
    const none = { before: null, after: null, r: null, nearest: null, status };
    expect(captionOf({ ...none, before: "3", after: "12", r: 0.84 })).toBe(
      "3 → 12 · r 0.84",
    );
    expect(captionOf({ ...none, after: "5" })).toBe("5");
  });

  it("names the nearest of a filter without a match, and its partner", () => {
    const lost = (r: number, partner: string | null) =>
      captionOf({
        before: "3",
        after: null,
        r: null,
        nearest: { key: "32", r, partner },
        status,
      });
    expect(lost(0.75, "7")).toBe(
      "3 · nearest 32 (r 0.75), which is paired with 7",
    );
    expect(lost(0.75, null)).toMatch(/which is not paired$/);
    expect(lost(0.31, "7")).toBe("3 · nothing like it: nearest r 0.31");
    expect(lost(0.4961, "7")).toMatch(/nearest r just below 0\.50$/);
  });
});
