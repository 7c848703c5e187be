import { describe, expect, it, vi } from "vitest";
import { findRun } from "../data/runs";
import { freshRun, serve, type FakeRun } from "../testing/server";
import { networks, related } from "./networks";

const PROBE = "04dd9765511a9e20";
const PLACES = ["conv1", "conv2", "conv3", "classes"];

interface About {
  probe?: string | null;
  filters?: number;
  field?: number[];
  placed?: boolean;
}

/** A run that logs some layers of one network. */
function trained(
  tags: string[],
  { probe = PROBE, filters = 32, field = [3, 3], placed = true }: About = {},
): FakeRun {
  const signature = probe === null ? null : { extra: 0, filters: [0], probe };
  const layers = tags.map((tag) => ({
    tag,
    keys: Array.from({ length: filters }, (_, i) => String(i)),
    epochs: [0],
    header: { signature, receptive_field: field },
    ...(placed ? { index: PLACES.indexOf(tag) } : {}),
  }));
  return { run: freshRun(), layers };
}

/** Waits for a grouping, given as places in the list of runs. */
async function expectGroups(runs: FakeRun[], ...wanted: number[][]) {
  await serve(runs);
  const place = (name: string) => runs.findIndex(({ run }) => run === name);
  const groups = () =>
    networks.value.map((one) => one.runs.map(({ run }) => place(run)));
  groups(); // asks for the probes
  await vi.waitFor(() => expect(groups()).toEqual(wanted));
  // What arrives later changes nothing.
  await new Promise((done) => setTimeout(done, 50));
  expect(groups()).toEqual(wanted);
}

describe("the network of a run", () => {
  it("is that of runs which log other layers of it", async () => {
    const runs = [
      trained(["conv1", "conv3"]),
      trained(["conv1", "conv2"]),
      trained(["conv3", "classes"]),
    ];
    await expectGroups(runs, [0, 1, 2]);
    expect(networks.value[0]?.tags).toEqual(PLACES);
    const first = findRun(runs[1]?.run ?? "");
    // Runs without a common layer cannot be compared.
    const fits = first && related(first).map(({ run }) => run);
    expect(fits).toEqual([runs[0]?.run, runs[1]?.run]);
  });

  it("is another one if the probes differ", async () => {
    const probe = "e31c2c4a8a4b4a0f";
    await expectGroups(
      [trained(["conv1"]), trained(["conv1"], { probe })],
      [0],
      [1],
    );
    await expectGroups(
      [trained(["conv1"]), trained(["conv1", "conv2"], { probe })],
      [0],
      [1],
    );
  });

  it("does not depend on a run that cannot be read", async () => {
    const probe = "e31c2c4a8a4b4a0f";
    const [one, other] = [trained(["conv1"]), trained(["conv1"], { probe })];
    const lost = trained(["conv1"]);
    const layers = lost.layers.map((layer) => ({
      ...layer,
      fault: "Damaged.",
    }));
    await expectGroups([one, { ...lost, layers }, other], [0, 1], [2]);
  });

  it("is another one if a common layer differs", async () => {
    const all = ["conv1", "conv2"];
    for (const about of [{ filters: 16 }, { field: [5, 5] }]) {
      const runs = [trained(["conv1"]), trained(all, about), trained(all)];
      await expectGroups(runs, [0, 1, 2]);
      await expectGroups(runs.slice(0, 2), [0], [1]);
    }
  });

  it("is another one if two layers have the same place", async () => {
    const stem = trained(["conv2", "classes"]);
    const layers = trained(["conv1", "classes"]).layers.map((layer) =>
      layer.tag === "conv1" ? { ...layer, index: 1 } : layer,
    );
    await expectGroups([stem, { ...stem, run: freshRun(), layers }], [0], [1]);
  });

  it("needs a probe unless the layers are the same", async () => {
    const [all, probe] = [["conv1", "conv2"], null];
    await expectGroups(
      [trained(["conv1"], { probe }), trained(all, { probe })],
      [0],
      [1],
    );
    await expectGroups([trained(all, { probe }), trained(all)], [0, 1]);
  });

  it("is told without places only if one list holds the other", async () => {
    const placed = false;
    const runs = [
      trained(["conv1", "classes"], { placed }),
      trained(["conv2", "classes"], { placed }),
    ];
    await expectGroups(runs, [0], [1]);
    const whole = trained(["conv1", "conv2", "classes"], { placed });
    await expectGroups([...runs.slice(0, 1), whole], [0, 1]);
  });
});
