import { describe, expect, it } from "vitest";
import { formatHash, parseHash } from "../api/host_page";
import { DEFAULTS, type State } from "./schema";
import { fromParameters, toParameters } from "./url";

describe("the state in the URL", () => {
  it("is the same after writing and reading", () => {
    const state: State = {
      view: "compare",
      run: "a & b/actmax",
      layer: "block/conv=2",
      epoch: 0,
      filter: "7.2",
      size: 64,
      sort: "score",
      anchor: "5",
      reverse: true,
      search: "3, 10-20, lift < 0.5",
      norm: "standardize",
      smooth: true,
      channel: "4",
      slice: 3,
      exemplars: true,
      pins: ['["conv1","3"]'],
      a: { run: "r", tag: "t", epoch: 1, key: "2" },
      b: null,
      against: { run: "other", epoch: 4 },
      compare: "blink",
      inspector: false,
    };
    const hash = formatHash("#actmax", toParameters(state));
    expect(fromParameters(parseHash(hash))).toEqual(state);
  });

  it("leaves out defaults", () => {
    expect(toParameters(DEFAULTS).size).toBe(0);
  });

  it("ignores invalid values", () => {
    const nonsense = new Map([
      ["view", "toString"],
      ["epoch", "soon"],
      ["size", "1e9"],
      ["channel", "<b>"],
      ["slice", "1.5"],
      ["a", '["only a run"]'],
      ["pins", "{"],
      ["norm", "<script>"],
    ]);
    expect(fromParameters(nonsense)).toEqual({ ...DEFAULTS, size: 512 });
  });

  it("opens the layer where a link names one and no view", () => {
    const view = (...names: [string, string][]) =>
      fromParameters(new Map(names)).view;
    expect(view()).toBe("overview");
    expect(view(["layer", "conv1"])).toBe("grid");
    expect(view(["layer", "conv1"], ["view", "overview"])).toBe("overview");
    expect(view(["view", "layers"])).toBe("overview"); // of former links
  });
});
