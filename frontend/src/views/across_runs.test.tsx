import { fireEvent, screen } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import { state } from "../state/state";
import { logged, open } from "../testing/page";
import { freshRun } from "../testing/server";

describe("across runs", () => {
  const alike = { epochs: [0, 3], cka: [0.9, 0.7], r: [1, 1], reason: null };

  it("shows the nearest filters, r and the similarity of the layers", async () => {
    const pairs = [
      { key: "0", other: "0", r: 0.7 },
      { key: "1", other: "1", r: 0.05 },
    ];
    // Neither is its partner.
    const nearest = [
      { key: "0", other: "1", r: 0.93 },
      { key: "1", other: "0", r: 0.2 },
    ];
    const match = { pairs, nearest, cka: 0.7, reason: null };
    const answers = { match, alike };
    await open(logged("a", "b"), { view: "across" }, answers);
    await screen.findByText("filter 1, r 0.93");
    expect((await screen.findByTestId("chart")).textContent).toContain("0.7");
    fireEvent.change(screen.getByTestId("filter"), { target: { value: "1" } });
    await screen.findByText("none responds like it; nearest 0, r 0.20");
    fireEvent.click(screen.getByLabelText(/^Compare with b/));
    expect(state.value.view).toBe("compare");
  });

  it("says why runs cannot be matched", async () => {
    const match = { pairs: [], cka: null, reason: "Other probes." };
    await open(logged("a", "b"), { view: "across" }, { match, alike });
    const said = await screen.findByTestId("reason");
    expect(said.textContent).toMatch(
      /^Paired by number with b\d+: Other probes\.$/,
    );
  });

  it("names no filter that another run does not log", async () => {
    const [one, two] = logged("a", "b");
    const layers = two?.layers.map((layer) => ({ ...layer, keys: ["0"] }));
    const runs = one && layers ? [one, { run: two?.run ?? "", layers }] : [];
    const match = { pairs: [], cka: null, reason: "Other probes." };
    const state = { view: "across", filter: "1" } as const;
    await open(runs, state, { match, alike });
    await screen.findByText("no filter 1");
    expect(screen.queryByLabelText(/^Compare with/)).toBeNull();
  });

  it("writes similarities as other figures do", async () => {
    const none = { ...alike, cka: [0.9, -0.0007] };
    const pairs = [{ key: "0", other: "1", r: 0.93 }];
    const match = { pairs, cka: 0, reason: null };
    await open(logged("a", "b"), { view: "across" }, { match, alike: none });
    const chart = await screen.findByTestId("chart");
    expect(chart.querySelector(".legend")?.textContent).toMatch(/ 0\.00$/);
  });

  it("leaves out runs of other networks and probes, and says so", async () => {
    const probed = (name: string, probe: string, ...more: string[]) => {
      const layers = ["conv1", "conv2", ...more].map((tag) => ({
        tag,
        keys: ["0", "1"],
        epochs: [0],
        header: { signature: { extra: 0, filters: [0, 1], probe } },
      }));
      return { run: freshRun(name), layers };
    };
    const own = [probed("a", "p"), probed("b", "p")];
    const others = [probed("c", "q"), probed("d", "q", "conv3")];
    const apart = { ...logged("e")[0], run: freshRun("e") };
    const layers = [{ tag: "stem", keys: ["0"], epochs: [0] }];
    const match = { pairs: [{ key: "0", other: "1", r: 0.9 }], reason: null };
    const state = { view: "across", layer: "conv1" } as const;
    await open([...own, ...others, { ...apart, layers }], state, {
      match,
      alike,
    });
    const said = await screen.findByText(
      "2 runs of other networks or probes also have a layer conv1; they are left out.",
    );
    expect(said.dataset["testid"]).toBe("left-out");
    const names = screen.getAllByTestId("match").map((e) => e.textContent);
    expect(names).toHaveLength(2);
    expect(names[1]).toMatch(/^b/);
  });
});
