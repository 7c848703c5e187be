/** Tells when an element first comes near the window. */

const NEAR = 200; // pixels outside of the window

const waiting = new WeakMap<Element, () => void>();
const observers = new Map<number, IntersectionObserver>();

function observerOf(margin: number): IntersectionObserver {
  const known = observers.get(margin);
  if (known) return known;
  const made = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (isIntersecting) waiting.get(target)?.();
      }
    },
    // The first is of the window, the second of elements that scroll in it.
    { rootMargin: `${margin}px`, scrollMargin: `${margin}px` },
  );
  observers.set(margin, made);
  return made;
}

/**
 * Calls `near` once; returns a function that stops waiting.
 *
 * @param margin Pixels outside of the window that count as near.
 */
export function whenNear(
  element: Element,
  near: () => void,
  margin = NEAR,
): () => void {
  const observer = observerOf(margin);
  const stop = () => observer.unobserve(element);
  waiting.set(element, () => {
    stop();
    near();
  });
  observer.observe(element);
  return stop;
}
