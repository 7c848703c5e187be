/** The pages of the view "Runs": all filters, one filter, two images. */
import type { View } from "../state/schema";
import { state, update } from "../state/state";

const TABS: [View, string][] = [
  ["runs", "What changed"],
  ["across", "One filter in all runs"],
  ["compare", "Two images"],
];

export function RunsPages() {
  return (
    <div class="segmented" role="group" aria-label="How to compare runs">
      {TABS.map(([view, label]) => (
        <button
          key={view}
          type="button"
          data-testid={`page-${view}`}
          aria-pressed={state.value.view === view}
          onClick={() => update({ view })}
        >
          {label}
        </button>
      ))}
    </div>
  );
}
