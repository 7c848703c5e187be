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

let asking = new Map<Element, () => void>();

/**
 * Calls `inside` before the next painting if an element is in the window then;
 * returns a function that keeps it from being called.
 */
export function ifInWindow(element: Element, inside: () => void): () => void {
  if (!asking.size) requestAnimationFrame(answer);
  asking.set(element, inside);
  return () => asking.delete(element);
}

/** Measures all elements before anything changes, for a single layout. */
function answer(): void {
  const asked = asking;
  asking = new Map();
  const height = window.innerHeight;
  const found = [...asked].filter(([element]) => {
    const { top, bottom } = element.getBoundingClientRect();
    return bottom > 0 && top < height;
  });
  for (const [, inside] of found) inside();
}
