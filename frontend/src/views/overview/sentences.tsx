/** Sentences on the health of the trainings, above the overview. */
import { useEffect, useState } from "preact/hooks";
import type { Run } from "../../api/types";
import { whenQuiet } from "../../data/images";
import { isRead, sentencesOf, worstFirst } from "../../selection/sentences";
import { update } from "../../state/state";

const MOST_READ = 120; // layers that are read for the sentences
const MOST_SAID = 5; // sentences that are shown at first

/** Returns the first runs, as many as are read for the sentences. */
function firstOf(runs: Run[]): Run[] {
  let layers = 0;
  return runs.filter((run) => (layers += run.layers.length) <= MOST_READ);
}

/**
 * Returns how many runs to read. The number doubles when all of those are read
 * and the images in view have arrived.
 */
function useGrowing(all: Run[]): number {
  const [count, setCount] = useState(0);
  const known = all.slice(0, count).every(isRead);
  const grows = known && count < all.length;
  useEffect(() => {
    if (!grows) return undefined;
    let stopped = false;
    void whenQuiet().then(() => {
      if (!stopped) setCount(Math.max(2 * count, 1));
    });
    return () => {
      stopped = true;
    };
  }, [grows, count]);
  return count;
}

export function Sentences({ runs }: { runs: Run[] }) {
  const [whole, setWhole] = useState(false);
  const most = firstOf(runs);
  const read = most.slice(0, useGrowing(most));
  const said = worstFirst(read.flatMap(sentencesOf));
  if (!said.length) return <p class="note">Reading the layers …</p>;
  // A line that says "1 more" would have room for the sentence itself.
  const all = whole || said.length <= MOST_SAID + 1;
  const shown = all ? said : said.slice(0, MOST_SAID);
  return (
    <ul class="sentences" data-testid="sentences">
      {shown.map(({ run, tag, several, text, wrong }) => (
        <li key={run.run + text} class={wrong ? "wrong" : ""}>
          {runs.length > 1 && <b title={run.label}>{run.name}: </b>}
          {text}
          {tag !== null && (
            <>
              {" "}
              <button
                type="button"
                class="link"
                onClick={() =>
                  update({
                    run: run.run,
                    layer: tag,
                    filter: null,
                    view: "grid",
                    search: "dead",
                  })
                }
              >
                {several ? `Show those of ${tag}` : "Show dead filters"}
              </button>
            </>
          )}
        </li>
      ))}
      {said.length > shown.length && (
        <li class="more">
          <button type="button" class="link" onClick={() => setWhole(true)}>
            {said.length - shown.length} more
          </button>
        </li>
      )}
      {most.length < runs.length && (
        <li class="meta">Of the first {most.length} runs.</li>
      )}
    </ul>
  );
}
