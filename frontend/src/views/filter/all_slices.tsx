/** All slices of a volume beside each other; a click shows one large. */
import { spread } from "./history";
import { FilterImage } from "../../components/filter_image";
import { shownShape, sliceShown } from "../../selection/slices";
import type { Place } from "../../state/schema";
import { update } from "../../state/state";

const MOST = 32; // slices of a strip

export function AllSlices({ here }: { here: Place }) {
  const { depth } = shownShape();
  if (depth < 2) return null;
  const every = Array.from({ length: depth }, (_, slice) => slice);
  return (
    <section aria-label="Slices" data-testid="all-slices">
      <h3>Slices</h3>
      <div class="all-slices">
        {spread(every, MOST).map((slice) => (
          <button
            key={slice}
            type="button"
            aria-label={`Slice ${slice + 1} of ${depth}`}
            aria-pressed={slice === sliceShown(depth)}
            onClick={() => update({ slice })}
          >
            <FilterImage {...here} filter={here.key} size={64} slice={slice} />
            {slice + 1}
          </button>
        ))}
      </div>
    </section>
  );
}
