import { describe, expect, it } from "vitest";
import { shortNames } from "./run_names";

describe("short names of runs", () => {
  it("leave out what all names of a folder share, but one word", () => {
    const rates = ["0.001", "0.05"].map(
      (rate) => `rates/adam_learning_rate_${rate}_batch_64_of_colours`,
    );
    expect([...shortNames([...rates, "demo/a"]).values()]).toEqual([
      "rates/…rate_0.001…",
      "rates/…rate_0.05…",
      "demo/a",
    ]);
    expect([...shortNames(rates).values()]).toEqual([
      "…rate_0.001…",
      "…rate_0.05…",
    ]);
  });

  it("are the names where these are short, or where there is one", () => {
    const names = ["dropout", "no_dropout"];
    expect([...shortNames(names).values()]).toEqual(names);
    const long = "a_very_long_name_of_a_single_run";
    expect(shortNames([long]).get(long)).toBe(long);
  });

  it("stay different", () => {
    const names = ["x_training_of_a_network", "x_training_of_a_network_2"];
    expect(new Set(shortNames(names).values()).size).toBe(2);
  });
});
