/** The shares of dead, weak, settled and still changing filters, as a bar. */
import type { Counts } from "../api/types";
import { partsOf, spoken } from "../data/summary";

/** The colours of the parts that have one of their own. */
const COLOURS: Record<string, string> = {
  dead: "dead",
  weak: "weak",
  flat: "weak",
  "still changing": "changing",
};

export function HealthBar({ counts }: { counts: Counts }) {
  const text = spoken(counts);
  return (
    <span class="health" role="img" aria-label={text} title={text}>
      {partsOf(counts).map(([name, count]) => (
        <span
          key={name}
          class={COLOURS[name] ?? "calm"}
          style={{ flexGrow: count }}
        />
      ))}
    </span>
  );
}
