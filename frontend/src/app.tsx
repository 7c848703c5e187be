/** The dashboard: a toolbar, one of five views, the inspector. */
import { useEffect } from "preact/hooks";
import { failure } from "./api";
import { watchDarkMode } from "./host";
import { Inspector } from "./inspector";
import { helpShown, KEYS, onKey } from "./keys";
import {
  epoch,
  epochs,
  keepFresh,
  layer,
  listing,
  refresh,
  run,
  runs,
} from "./logs";
import { Pins } from "./pins";
import { bindUrl, state, update, view } from "./state";
import { Options, Toolbar } from "./toolbar";
import { AcrossRuns } from "./views/across_runs";
import { Compare } from "./views/compare";
import { Grid } from "./views/grid";
import { Layers } from "./views/layers";
import { OverTime } from "./views/over_time";

const PAGES = {
  grid: Grid,
  time: OverTime,
  layers: Layers,
  runs: AcrossRuns,
  compare: Compare,
};

export function App() {
  useEffect(() => {
    const stops = [
      bindUrl(),
      keepFresh(),
      watchDarkMode((dark) =>
        document.documentElement.classList.toggle("dark", dark),
      ),
    ];
    window.addEventListener("keydown", onKey);
    return () => {
      window.removeEventListener("keydown", onKey);
      for (const stop of stops) stop();
    };
  }, []);
  return (
    <div class="app" data-testid="actmax">
      <Body />
      {helpShown.value && <Help />}
    </div>
  );
}

function Body() {
  const found = listing.value;
  if (found.kind === "loading") {
    return (
      <p class="message" aria-busy="true">
        Reading the logs …
      </p>
    );
  }
  if (found.kind === "error") {
    return (
      <div class="message" role="alert" data-testid="message">
        <h2>The logs could not be read</h2>
        <p>{found.message}</p>
        <button type="button" onClick={() => void refresh()}>
          Try again
        </button>
      </div>
    );
  }
  if (!runs.value.length) return <Empty />;
  const Page = PAGES[view.value];
  return (
    <>
      <Toolbar />
      <Options />
      <Failure />
      <Gone />
      <Pins />
      <div class="content">
        <main>
          <Page />
        </main>
        {state.value.inspector && <Inspector />}
      </div>
    </>
  );
}

/** TensorBoard may stop, or be out of reach, while the tab is open. */
function Failure() {
  if (failure.value === null) return null;
  return (
    <div class="banner" role="alert" data-testid="failure">
      TensorBoard does not answer ({failure.value}). What is shown was read
      before; what is missing appears as soon as it answers again.
      <button type="button" onClick={() => void refresh()}>
        Try again
      </button>
    </div>
  );
}

/** A link may name what is not, or no longer, in the logs. */
function Gone() {
  const { run: wanted, layer: tag, epoch: at } = state.value;
  const lost = !run.value
    ? `The run “${wanted}” is not in these logs.`
    : !layer.value
      ? `The run ${run.value.label} has no layer “${tag}”.`
      : at !== null && epochs.value.length && !epochs.value.includes(at)
        ? `${layer.value.tag} is not logged at epoch ${epoch.value}.`
        : null;
  if (!lost) return null;
  const fix = !run.value
    ? { run: null, layer: null, epoch: null }
    : !layer.value
      ? { layer: null }
      : { epoch: null };
  return (
    <div class="banner" role="status" data-testid="message">
      {lost}
      <button type="button" onClick={() => update(fix)}>
        Show what is there
      </button>
    </div>
  );
}

function Empty() {
  return (
    <div class="message" data-testid="message">
      <h2>No images of filters here yet</h2>
      <p>Add one callback to a training whose logs this TensorBoard shows:</p>
      <pre>
        {`model.fit(
    x_train, y_train, epochs=10,
    callbacks=[tb_actmax.ActivationMaximization("logs/first", probe=x_train[:512])],
)`}
      </pre>
      <p>They appear here as soon as the first ones are written.</p>
    </div>
  );
}

function Help() {
  return (
    <div class="help" role="dialog" aria-label="Keys">
      <h2>Keys</h2>
      <dl class="facts">
        {KEYS.map(([key, what]) => (
          <>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </>
        ))}
      </dl>
      <button type="button" onClick={() => (helpShown.value = false)}>
        Close
      </button>
    </div>
  );
}
