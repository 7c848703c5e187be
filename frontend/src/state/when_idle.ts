/** Does what nobody waits for once the page has time. */

const LATEST = 1000; // milliseconds, while a slider moves without a pause
const SHORT = 60; // milliseconds, where the browser does not tell (Safari)

const waiting = new Map<object, () => void>();
let asked = false;

/** Calls a function when idle; of several for one owner, the last one. */
export function whenIdle(owner: object, act: () => void): void {
  waiting.set(owner, act);
  if (asked) return;
  asked = true;
  if (typeof requestIdleCallback === "function") {
    requestIdleCallback(actNow, { timeout: LATEST });
  } else {
    setTimeout(actNow, SHORT);
  }
}

function actNow(): void {
  asked = false;
  const all = [...waiting.values()];
  waiting.clear();
  for (const act of all) act();
}
