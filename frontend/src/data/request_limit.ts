/** Limits how many requests of one kind are sent at once. */

type Limited = <T>(request: () => Promise<T>) => Promise<T>;

/**
 * Returns a function that sends requests in order, a few at a time.
 *
 * @param ready Is awaited before each request.
 */
export function limited(most: number, ready?: () => Promise<void>): Limited {
  const waiting: (() => Promise<void>)[] = [];
  let running = 0;
  const next = async (): Promise<void> => {
    if (running >= most) return;
    running++;
    if (ready) await ready();
    await waiting.shift()?.();
    running--;
    if (waiting.length) void next();
  };
  return (request) =>
    new Promise((resolve, reject) => {
      waiting.push(() => request().then(resolve, reject));
      void next();
    });
}
