/** Chooses the images of the next request. */
import type { Wanted } from "./image_state";

const MOST_IMAGES = 512; // images of one request

/**
 * Returns the image that was asked for last, with the other filters of its
 * epoch, and the same filters at other epochs. Prefetched images wait until
 * nothing else is wanted.
 *
 * @param busy Whether other requests are on their way.
 */
export function nextRequest<W extends Wanted>(queue: W[], busy: boolean): W[] {
  const now = queue.filter(({ demand }) => demand !== "ahead");
  const from = now.length || busy ? now : queue;
  const last = from.at(-1);
  if (!last) return [];
  const bySteps = new Map<number, W[]>();
  for (const one of from) {
    if (one.run !== last.run || one.tag !== last.tag) continue;
    const some = bySteps.get(one.step);
    if (some) some.push(one);
    else bySteps.set(one.step, [one]);
  }
  const first = bySteps.get(last.step) ?? [];
  const keys = namesOf(first);
  const part = first.slice(0, MOST_IMAGES);
  for (const [step, some] of bySteps) {
    if (step === last.step || part.length + some.length > MOST_IMAGES) continue;
    // A request names filters and epochs; its answer has each at each.
    if (namesOf(some) === keys) part.push(...some);
  }
  return part;
}

function namesOf(some: Wanted[]): string {
  return JSON.stringify(some.map(({ key }) => key).sort());
}
