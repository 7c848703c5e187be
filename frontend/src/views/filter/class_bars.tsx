/** How many of a filter's exemplars are of each class. */
import { countsOf } from "../../data/relations";
import {
  className,
  isDead,
  shownClasses,
} from "../../selection/shown_relations";

export function ClassBars({ filter }: { filter: string }) {
  const known = shownClasses.value;
  const all = known?.classes[known.keys.indexOf(filter)] ?? [];
  if (!all.length || isDead(filter)) return null;
  return (
    <ul
      class="class-bars"
      aria-label="Classes of the real inputs"
      data-testid="class-bars"
    >
      {countsOf(all).map(([number, count]) => (
        <li key={number}>
          <span>{className(number)}</span>
          <span class="class-bar" aria-hidden="true">
            <span style={{ width: `${(100 * count) / all.length}%` }} />
          </span>
          <span class="meta">
            {count} of {all.length}
          </span>
        </li>
      ))}
    </ul>
  );
}
