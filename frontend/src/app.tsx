/** The dashboard: a toolbar, one of five views, the inspector. */
import { useEffect } from "preact/hooks";
import { Help } from "./panels/help";
import { Faults } from "./panels/faults";
import { Inspector } from "./panels/inspector";
import { helpShown, onKey, onKeyUp } from "./panels/keyboard";
import { keepFresh, listing, runs } from "./data/runs";
import {
  Empty,
  Failure,
  MissingTarget,
  Loading,
  Unreadable,
} from "./components/messages";
import { Pins } from "./panels/pins";
import type { View } from "./state/schema";
import { bindUrl, state, view } from "./state/state";
import { followTheme } from "./render/theme";
import { DisplayOptions } from "./panels/display_options";
import { Toolbar } from "./panels/toolbar";
import { AcrossRuns } from "./views/across_runs";
import { Compare } from "./views/compare/compare";
import { Grid } from "./views/grid";
import { Layers } from "./views/layers";
import { OverTime } from "./views/over_time";

const PAGES: Record<View, () => preact.ComponentChild> = {
  grid: Grid,
  time: OverTime,
  layers: Layers,
  runs: AcrossRuns,
  compare: Compare,
};

export function App() {
  useEffect(() => {
    const stops = [bindUrl(), keepFresh(), followTheme()];
    window.addEventListener("keydown", onKey);
    window.addEventListener("keyup", onKeyUp);
    return () => {
      window.removeEventListener("keydown", onKey);
      window.removeEventListener("keyup", onKeyUp);
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

/** A comparison needs the whole width. */
export function hasInspector(): boolean {
  return state.value.inspector && state.value.view !== "compare";
}

function Body() {
  const found = listing.value;
  if (found.kind === "loading") return <Loading />;
  if (found.kind === "error") return <Unreadable message={found.message} />;
  if (!runs.value.length) return <Empty />;
  const Page = PAGES[view.value];
  return (
    <>
      <Toolbar />
      <DisplayOptions />
      <Failure />
      <MissingTarget />
      <Faults />
      <Pins />
      <div class="content">
        <main>
          <h1 class="unseen">Activation Max</h1>
          <Page />
        </main>
        {hasInspector() && <Inspector />}
      </div>
    </>
  );
}
