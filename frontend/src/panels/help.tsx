/** The help: keys, marks and the search syntax. */
import { Dialog } from "../components/dialog";
import { helpShown, KEYS } from "./keyboard";
import { MEASURES } from "../data/measures";
import { MARKS } from "../components/tile";
import { inUnit } from "../selection/step_unit";

const SEARCHES: [string, string][] = [
  ["3, 10-20", "filters by number or range"],
  ["dead, weak, flat, plain", "filters with a mark"],
  ["settled, unsettled", "filters whose image has settled, or still changes"],
  ["class 4", "filters most of whose exemplars are of a class"],
  ["twins", "filters that respond like another one"],
  ["pinned", "pinned filters"],
  [
    "lift < 0.5 and share > 0",
    `filters by measure: ${Object.keys(MEASURES).join(", ")}`,
  ],
];

function List({ of, keys }: { of: [string, string][]; keys?: boolean }) {
  return (
    <dl class="facts">
      {of.map(([name, meaning]) => (
        <>
          <dt>
            {keys
              ? name.split(" ").map((key) => <kbd key={key}>{key}</kbd>)
              : name}
          </dt>
          <dd>{inUnit(meaning)}</dd>
        </>
      ))}
    </dl>
  );
}

export function Help() {
  return (
    <Dialog
      title="Keys, marks and search"
      close={() => (helpShown.value = false)}
    >
      <div class="help-columns">
        <section>
          <h3>Keys</h3>
          <List of={KEYS} keys />
        </section>
        <section>
          <h3>Marks</h3>
          <List of={[...Object.values(MARKS), ["★", "pinned"]]} />
          <h3>Search</h3>
          <List of={SEARCHES} />
        </section>
      </div>
    </Dialog>
  );
}
