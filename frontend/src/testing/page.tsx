/** For tests: the whole dashboard over a log in memory, without canvases. */
import { render } from "@testing-library/preact";
import { vi } from "vitest";
import { App } from "../app";
import { failure } from "../api/client";
import { DEFAULTS, type State } from "../state/schema";
import { freshRun, serve, type FakeRun } from "./server";
import { toParameters } from "../state/url";

class Watcher {
  observe = vi.fn();
  unobserve = vi.fn();
  disconnect = vi.fn();
}

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

/** Runs with two layers: conv1 of two filters, conv2 of one, epochs 0 and 3. */
export function logged(...names: string[]): FakeRun[] {
  const layers = [
    { tag: "conv1", keys: ["0", "1"], epochs: [0, 3], values },
    { tag: "conv2", keys: ["0"], epochs: [0, 3] },
  ];
  return names.map((name) => ({ run: freshRun(name), layers }));
}

/** A run whose steps count batches: 500 and 1000, of epochs of 400. */
export function counted(header: object = {}): FakeRun[] {
  const layers = [500, 1000].map((batches, i) => ({
    tag: `conv${i}`,
    keys: ["0"],
    epochs: [batches],
    header: { batches, epoch: Math.floor(batches / 400), ...header },
  }));
  return [{ run: freshRun("steps"), layers }];
}

/** Stubs the observers, which never report without a layout. */
export function withoutLayout(): void {
  vi.stubGlobal("IntersectionObserver", Watcher);
  vi.stubGlobal("ResizeObserver", Watcher);
}

/** Opens the dashboard in a state, by default the view of the first layer. */
export async function open(
  runs: FakeRun[],
  change: Partial<State> = {},
  answers: object = {},
): Promise<void> {
  withoutLayout();
  failure.value = null;
  const layer = runs[0]?.layers[0]?.tag ?? null;
  const wanted: State = { ...DEFAULTS, view: "grid", layer, ...change };
  const hash = [...toParameters(wanted)].map(
    ([name, value]) => `&p.actmax.${name}=${encodeURIComponent(value)}`,
  );
  history.replaceState(null, "", `#actmax${hash.join("")}`);
  await serve(runs, wanted, answers);
  render(<App />);
}
