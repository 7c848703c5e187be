/** Tells when an element first comes near the window. */

const waiting = new WeakMap<Element, () => void>();
let observer: IntersectionObserver | undefined;

/** Calls `near` once; returns a function that stops waiting. */
export function whenNear(element: Element, near: () => void): () => void {
  observer ??= new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        observer?.unobserve(target);
        waiting.get(target)?.();
      }
    },
    { rootMargin: "200px" },
  );
  waiting.set(element, near);
  observer.observe(element);
  return () => observer?.unobserve(element);
}
