/** Draws many canvases over several frames, so that no frame takes long. */

const SLOW = 40; // milliseconds of a frame in which too much was drawn
const FAST = 24;
const RANGE = { least: 48, most: 1024 }; // canvases of a frame

const waiting = new Map<object, () => void>();
let most = 128;
let drawn = 0; // in the present frame
let asked = false;
let last = 0;

/**
 * Draws a canvas: at once if few others were drawn in this frame, else in one
 * of the next. Of several drawings that wait for a canvas, the last one is
 * drawn.
 */
export function drawSoon(canvas: object, draw: () => void): void {
  if (drawn < most && !waiting.has(canvas)) {
    drawn++;
    draw();
  } else {
    waiting.set(canvas, draw);
  }
  ask();
}

/** Draws what takes no time at once, in place of a drawing that waits. */
export function drawNow(canvas: object, draw: () => void): void {
  waiting.delete(canvas);
  draw();
}

function ask(): void {
  if (asked) return;
  asked = true;
  requestAnimationFrame(onFrame);
}

function onFrame(now: number): void {
  asked = false;
  const full = drawn >= most;
  if (full) most = nextMost(most, now - last);
  last = now;
  drawn = 0;
  for (const [canvas, draw] of waiting) {
    if (drawn >= most) break;
    waiting.delete(canvas);
    drawn++;
    draw();
  }
  if (drawn) ask();
}

/** Returns how many canvases to draw after a frame that was full of them. */
export function nextMost(now: number, milliseconds: number): number {
  if (milliseconds > SLOW) return Math.max(Math.round(now * 0.7), RANGE.least);
  if (milliseconds < FAST) return Math.min(Math.round(now * 1.3), RANGE.most);
  return now;
}
