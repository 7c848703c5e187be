/** The pages of the view "Runs": all filters, one filter, two images. */
import { Segmented } from "../components/segmented";
import { state, update } from "../state/state";

const PAGES = {
  runs: "What changed",
  across: "One filter in all runs",
  compare: "Two images",
} as const;

export function RunsPages() {
  return (
    <Segmented
      label="How to compare runs"
      choices={PAGES}
      chosen={state.value.view}
      name="page"
      choose={(view) => update({ view })}
    />
  );
}
