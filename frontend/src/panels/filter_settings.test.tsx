import { render } from "@testing-library/preact";
import { describe, expect, it } from "vitest";
import { FilterSettings } from "./filter_settings";

function said(about: object): string[] {
  const { container } = render(<FilterSettings about={about} />);
  return [...container.querySelectorAll("dd")].map((one) =>
    [one.previousElementSibling, one].map((e) => e?.textContent).join(": "),
  );
}

describe("the settings of an image", () => {
  it("are words", () => {
    const known = { steps: 32, warm_steps: 8, probe: 256, seed: 0 };
    const settings = { ...known, cold: false, pull: false, own_one: [1] };
    expect(
      said({ receptive_field: [5, 5], value_range: [0, 1], settings }),
    ).toEqual([
      "Receptive field: 5 × 5 px",
      "Black to white: 0 to 1",
      "Steps: 32 at first, then 8",
      "Start: Continued from the last image",
      "Exemplars: Not pulled towards them",
      "Probe: 256 inputs",
      "Random seed: 0",
      "own one: [1]",
    ]);
  });

  it("count the samples of a signal, which has no black and white", () => {
    const signal = { height: 1, width: 64, receptive_field: [1, 14] };
    const settings = { cold: true, pull: true };
    expect(said({ ...signal, value_range: [-1, 1], settings })).toEqual([
      "Receptive field: 14 samples",
      "Value range: -1 to 1",
      "Start: Random noise",
      "Exemplars: Pulled towards them",
    ]);
  });
});
