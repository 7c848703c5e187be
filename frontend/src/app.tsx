/** The dashboard: a toolbar, one of four views or a page, the inspector. */
import { useLayoutEffect, useRef } from "preact/hooks";
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
import { bindUrl, view } from "./state/state";
import { followTheme } from "./render/theme";
import { measureSpace } from "./selection/available_space";
import { hasInspector } from "./selection/inspected";
import { Toolbar } from "./panels/toolbar";
import { AcrossRuns } from "./views/across_runs";
import { Compare } from "./views/compare/compare";
import { FilterPage } from "./views/filter/page";
import { Grid } from "./views/grid";
import { Ledger } from "./views/ledger/ledger";
import { OverTime } from "./views/over_time";
import { Overview } from "./views/overview/overview";

const SHOWN: Record<View, () => preact.ComponentChild> = {
  overview: Overview,
  grid: Grid,
  time: OverTime,
  runs: Ledger,
  filter: FilterPage,
  across: AcrossRuns,
  compare: Compare,
};

/** Focuses the dashboard, unless another element has the focus. */
function takeFocus(element: HTMLElement | null): void {
  if (document.activeElement === document.body) {
    element?.focus({ preventScroll: true });
  }
}

export function App() {
  const app = useRef<HTMLDivElement>(null);
  // Before the first painting, so that the runs are asked for at once.
  useLayoutEffect(() => {
    const stops = [bindUrl(), keepFresh(), followTheme()];
    window.addEventListener("keydown", onKey);
    window.addEventListener("keyup", onKeyUp);
    takeFocus(app.current);
    return () => {
      window.removeEventListener("keydown", onKey);
      window.removeEventListener("keyup", onKeyUp);
      for (const stop of stops) stop();
    };
  }, []);
  return (
    <div class="app" data-testid="actmax" ref={app} tabIndex={-1}>
      <Body />
      {helpShown.value && <Help />}
    </div>
  );
}

/** Moves the focus past the toolbar, to the first image or to the page. */
function skip(): void {
  const main = document.querySelector<HTMLElement>("main");
  const tile = main?.querySelector<HTMLElement>('.tile[tabindex="0"]');
  (tile ?? main)?.focus();
}

function Body() {
  const found = listing.value;
  if (found.kind === "loading") return <Loading />;
  if (found.kind === "error") return <Unreadable message={found.message} />;
  if (!runs.value.length) return <Empty />;
  const Page = SHOWN[view.value];
  return (
    <>
      <button type="button" class="skip" onClick={skip}>
        Skip to the images
      </button>
      <Toolbar />
      <Failure />
      <MissingTarget />
      <Faults />
      <Pins />
      <div class="content">
        <Main>
          <Page />
        </Main>
        {hasInspector() && <Inspector />}
      </div>
    </>
  );
}

function Main({ children }: { children: preact.ComponentChildren }) {
  const main = useRef<HTMLElement>(null);
  // Before the first painting, which then has the right sizes.
  useLayoutEffect(
    () => (main.current ? measureSpace(main.current) : undefined),
    [],
  );
  return (
    <main ref={main} tabIndex={-1}>
      <h1 class="unseen">Activation Max</h1>
      {children}
    </main>
  );
}
