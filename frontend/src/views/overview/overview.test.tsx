import { fireEvent, screen, within } from "@testing-library/preact";
import { describe, expect, it, vi } from "vitest";
import { state, update } from "../../state/state";
import { logged, open } from "../../testing/page";
import { freshRun } from "../../testing/server";
import { bandsOf, evenly, planOf } from "./plan";

/** A run whose conv1 dies at epoch 3, and one that lives. */
function dying() {
  const layer = (tag: string, status: string[][]) => ({
    tag,
    keys: ["0", "1"],
    epochs: [0, 3, 4],
    status,
  });
  const ok = [
    ["ok", "ok", "ok"],
    ["ok", "ok", "ok"],
  ];
  const dead = [
    ["ok", "dead", "dead"],
    ["ok", "dead", "dead"],
  ];
  return [
    { run: freshRun("rate_0.05"), layers: [layer("conv1", dead)] },
    { run: freshRun("rate_0.001"), layers: [layer("conv1", ok)] },
  ];
}

describe("the overview", () => {
  it("reports healthy and unhealthy runs in sentences", async () => {
    await open(dying(), { view: "overview" });
    const said = await screen.findByTestId("sentences");
    await within(said).findByText(/conv1 has been dead since epoch 3\./);
    await within(said).findByText(/No filter is dead/);
    fireEvent.click(within(said).getByText("Show dead filters"));
    expect(state.value).toMatchObject({
      view: "grid",
      layer: "conv1",
      search: "dead",
    });
  });

  it("reports the run with the most dead filters first", async () => {
    const layer = (tag: string, dead: number) => ({
      tag,
      keys: ["0", "1", "2", "3"],
      epochs: [0],
      status: [0, 1, 2, 3].map((i) => [i < dead ? "dead" : "ok"]),
    });
    const logs = (...dead: number[][]) =>
      dead.map((counts, i) => ({
        run: freshRun(`run${i}_`),
        layers: counts.map((count, n) => layer(`conv${n}`, count)),
      }));
    const runs = logs([0, 0], [1, 0], [0, 2], [2, 2], [1, 1]);
    await open(runs, { view: "overview" });
    const said = await screen.findByTestId("sentences");
    await vi.waitFor(() => {
      const lines = within(said).getAllByRole("listitem");
      expect(lines.map((line) => line.textContent?.slice(0, 4))).toEqual([
        "run3",
        "run2",
        "run4",
        "run1",
        "run0",
      ]);
    });
  });

  it("counts layers with a few dead filters beside those with many", async () => {
    const layers = [3, 1, 0].map((dead, n) => ({
      tag: `conv${n}`,
      keys: ["0", "1", "2", "3", "4", "5", "6", "7"],
      epochs: [0],
      status: [0, 1, 2, 3, 4, 5, 6, 7].map((i) => [i < dead ? "dead" : "ok"]),
    }));
    await open([{ run: freshRun(), layers }], { view: "overview" });
    await screen.findByText(
      /Dead filters in conv0 \(3 of 8\), a few in 1 other layer\./,
    );
  });

  it("names the layer that it opens of several", async () => {
    const layers = ["a", "b", "c", "d"].map((tag) => ({
      tag,
      keys: ["0", "1"],
      epochs: [0],
      status: [["dead"], ["dead"]],
    }));
    await open([{ run: freshRun(), layers }], { view: "overview" });
    const said = await screen.findByTestId("sentences");
    await within(said).findByText(/4 layers are dead\./);
    fireEvent.click(within(said).getByText("Show those of a"));
    expect(state.value).toMatchObject({ layer: "a", search: "dead" });
  });

  it.each([
    [6, 6, null],
    [7, 5, "2 more"],
  ])("says all of %i sentences, or %i", async (runs, lines, more) => {
    const layers = [{ tag: "conv", keys: ["0"], epochs: [0] }];
    const all = Array.from({ length: runs }, () => ({
      run: freshRun(),
      layers,
    }));
    await open(all, { view: "overview" });
    const said = await screen.findByTestId("sentences");
    await vi.waitFor(() => {
      expect(within(said).getAllByText(/No filter is dead/)).toHaveLength(
        lines,
      );
      expect(within(said).queryByText(/ more$/)?.textContent ?? null).toBe(
        more,
      );
    });
  });

  it("says where a layer has more filters than are shown", async () => {
    const keys = Array.from({ length: 12 }, (_, i) => String(i));
    const layer = (tag: string, dead: number) => ({
      tag,
      keys,
      epochs: [0],
      filters: 1280,
      status: keys.map((_, i) => [i < dead ? "dead" : "ok"]),
    });
    const layers = [layer("stem", 1), layer("head", 0)];
    await open([{ run: freshRun(), layers }], { view: "overview" });
    await screen.findByText(/Few filters are dead \(1 of the 24 logged\)/);
  });

  it("names a group of a layer that is like no other", async () => {
    const tags = [0, 1, 2].flatMap((stage) =>
      [0, 1, 2].map((conv) => `stage${stage}_conv${conv}`),
    );
    const layers = [...tags, "classes"].map((tag) => ({
      tag,
      keys: ["0", "1"],
      epochs: [0],
      filters: tag === "classes" ? 10 : 2,
      status: [["ok"], [tag === "classes" ? "dead" : "ok"]],
    }));
    await open([{ run: freshRun(), layers }], { view: "overview" });
    const heads = () =>
      [...document.querySelectorAll("summary")].map((e) => e.textContent);
    await vi.waitFor(() =>
      expect(heads()).toContain(
        "classes 1 layer, 1 of the 2 filters logged is dead",
      ),
    );
    expect(heads()).toContain("stage0 3 layers, 0 of 6 filters are dead");
  });

  it("continues after a run that cannot be read", async () => {
    const [broken, other] = dying();
    const layers = broken?.layers.map((one) => ({ ...one, fault: "Damaged." }));
    const runs = [{ run: broken?.run ?? "", layers: layers ?? [] }];
    await open([...runs, ...(other ? [other] : [])], { view: "overview" });
    const said = await screen.findByTestId("sentences");
    await within(said).findByText(/No filter is dead/);
  });

  it("has a row for each run and a column for each layer", async () => {
    const runs = logged("a", "b");
    await open(runs, { view: "overview" });
    await screen.findByTestId("sentences");
    expect(screen.getAllByRole("row")).toHaveLength(3);
    expect(
      screen.getAllByRole("columnheader").map((e) => e.textContent),
    ).toEqual(["Run / layer", "conv1", "conv2"]);
  });

  it("names the runs of each network by one of them", async () => {
    const [a, b, c, d] = logged("a", "b", "c", "d");
    const layers = [{ tag: "other", keys: ["0"], epochs: [0] }];
    const second = [c, d].map((one) => ({ run: one?.run ?? "", layers }));
    const first = [a, b].filter((one) => one !== undefined);
    await open([...first, ...second], { view: "overview" });
    await screen.findByTestId("sentences");
    const names = screen
      .getAllByRole("region")
      .map((section) => section.getAttribute("aria-label"));
    expect(new Set(names).size).toBe(2);
    expect(names[0]).toMatch(/^Runs of one network: .* and 1 more$/);
  });

  it("says that it shows real inputs", async () => {
    await open(dying(), { view: "overview", exemplars: true });
    await screen.findByText(/real inputs that excite each filter most/);
    fireEvent.click(screen.getByText("Show the images"));
    expect(state.value.exemplars).toBe(false);
    await vi.waitFor(() =>
      expect(screen.queryByText(/real inputs that excite/)).toBeNull(),
    );
  });

  it("cuts no name of a layer", async () => {
    const tags = ["stem", "residual_block_1_projection_conv2d_1"];
    const layers = tags.map((tag) => ({ tag, keys: ["0"], epochs: [0] }));
    const runs = ["a", "b"].map((name) => ({ run: freshRun(name), layers }));
    await open(runs, { view: "overview" });
    await screen.findByTestId("sentences");
    const [, stem, block] = screen.getAllByRole("columnheader");
    expect([stem, block].map((head) => head?.textContent)).toEqual(tags);
    expect(block?.querySelector(".middle")).toBeNull();
  });

  it("opens the changes of a run", async () => {
    const runs = logged("a", "b");
    await open(runs, { view: "overview" });
    await screen.findAllByText(/^\d epochs$/);
    const second = screen.getByText("Changes from the run above");
    fireEvent.click(screen.getByText("Changes since epoch 0"));
    expect(state.value).toMatchObject({
      run: runs[0]?.run,
      against: { run: runs[0]?.run, epoch: 0 },
    });
    update({ view: "overview" });
    fireEvent.click(second);
    expect(state.value).toMatchObject({
      view: "runs",
      run: runs[1]?.run,
      against: null,
    });
    const before = await screen.findByLabelText("Before: run");
    expect(before).toHaveProperty("value", runs[0]?.run);
  });
});

describe("the plan of the cells", () => {
  const space = { width: 1280, height: 680 };
  const network = (runs: number, layers: number) => ({
    tags: Array.from({ length: layers }, (_, i) => `conv${i}`),
    runs: Array.from({ length: runs }, () => ({}) as never),
  });

  it("gives one run of two layers large images", () => {
    const { size, count } = planOf(network(1, 2), space, null, 1);
    expect(size).toBeGreaterThan(140);
    expect(count).toBeGreaterThanOrEqual(4);
  });

  it("arranges cards in even rows", () => {
    expect(planOf(network(1, 6), space, null, 1).columns).toBe(3);
  });

  it("fills a large window with few runs", () => {
    const large = { width: 2560, height: 1300 };
    const { height } = planOf(network(2, 3), large, null, 1);
    expect(2 * height).toBeGreaterThan(0.7 * large.height);
  });

  it("fits runs and layers into the width", () => {
    const { width } = planOf(network(5, 6), space, null, 1);
    expect(150 + 6 * (width + 12)).toBeLessThanOrEqual(1248);
  });

  it("splits the layers of deep networks into tables that fit the width", () => {
    const deep = network(3, 20);
    const { columns, width } = planOf(deep, space, null, 1);
    expect(150 + columns * (width + 12)).toBeLessThanOrEqual(1248);
    const bands = bandsOf(deep.tags, columns);
    expect(bands.map(({ layers }) => layers.length)).toEqual([7, 7, 6]);
  });

  it("never makes a page scroll sideways", () => {
    for (const width of [320, 390, 640, 759]) {
      const plan = planOf(network(3, 20), { width, height: 700 }, null, 1);
      expect(plan.names).toBe(0);
      const used = plan.columns * (plan.width + 12) - 12;
      expect(used).toBeLessThanOrEqual(width - 32);
    }
  });

  it("arranges images in even rows", () => {
    const plan = { ...planOf(network(1, 2), space, null, 1), across: 7 };
    expect(evenly({ ...plan, size: 42 }, 8)).toBe(4 * 50);
    expect(evenly({ ...plan, size: 42 }, 7)).toBe(7 * 50);
  });

  it("leaves room for long names, which the number of filters is below", () => {
    const stages = [1, 2, 3, 4].flatMap((stage) =>
      [0, 1, 2, 3, 4].map(
        (conv) => `stage${stage}_${"block_".repeat(6)}${conv}`,
      ),
    );
    const deep = { ...network(1, 20), tags: stages };
    const long = planOf(deep, space, null, 1);
    expect(long.layerNames).toMatchObject({ lines: 2, apart: true });
    const short = planOf(network(1, 20), space, null, 1);
    expect(short.layerNames).toMatchObject({ lines: 1, apart: false });
    const phone = { width: 390, height: 700 };
    expect(planOf(deep, phone, null, 1).layerNames).toMatchObject({
      lines: 1,
      apart: true,
    });
    expect(long.height).toBeGreaterThan(short.height);
  });

  it("uses the chosen size", () => {
    expect(planOf(network(1, 2), space, 48, 1).size).toBe(48);
  });
});
