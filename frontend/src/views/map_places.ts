/** Places of images on a map: inside of it, and beside each other. */

/** Spreads places over a length, the outermost at its ends. */
export function ranged(places: number[], length: number): number[] {
  const [low, high] = [Math.min(...places), Math.max(...places)];
  if (low === high) return places.map(() => Math.round(length / 2));
  return places.map((one) => Math.round((length * (one - low)) / (high - low)));
}

/** The upper left corner of a square, in pixels. */
export interface Corner {
  x: number;
  y: number;
}

const INNER = 0.7; // of the map, in which squares lie before they part
const ROUNDS = 200; // after which squares may still overlap a little
const TURN = 2.4; // radians from one square to the next, the golden angle
const MOST = 1000; // squares: more would take too long, and have no room

/**
 * Returns the corners of squares, which use the whole map.
 *
 * @param x Places along the map, in any unit; `y` likewise.
 * @param side Pixels from one square to the next.
 * @param most The largest corner.
 */
export function placed(
  x: number[],
  y: number[],
  side: number,
  most: Corner,
): Corner[] {
  // Clusters at an edge part to both sides, too.
  const inner = (places: number[], length: number) =>
    ranged(places, INNER * length).map((at) => at + ((1 - INNER) / 2) * length);
  const down = inner(y, most.y);
  const corners = inner(x, most.x).map((at, i) => ({ x: at, y: down[i] ?? 0 }));
  const found = apart(corners, side, most);
  const wide = ranged(
    found.map((one) => one.x),
    most.x,
  );
  const high = ranged(
    found.map((one) => one.y),
    most.y,
  );
  return wide.map((at, i) => ({ x: at, y: high[i] ?? 0 }));
}

/**
 * Moves squares apart that cover each other, as little as needed.
 *
 * @param found Their corners.
 * @param side Pixels from one square to the next.
 * @param most The largest corner.
 */
export function apart(found: Corner[], side: number, most: Corner): Corner[] {
  // Those at one place need directions in which to part.
  const all = found.map(({ x, y }, i) => ({
    x: x + 0.4 * Math.cos(i * TURN),
    y: y + 0.4 * Math.sin(i * TURN),
  }));
  if (all.length > MOST) return all;
  for (let round = 0; round < ROUNDS; round++) {
    let moved = false;
    for (const [one, other] of nearby(all, side)) {
      const [dx, dy] = [other.x - one.x, other.y - one.y];
      const over = { x: side - Math.abs(dx), y: side - Math.abs(dy) };
      if (over.x <= 1 || over.y <= 1) continue;
      moved = true;
      if (over.x < over.y) part(one, other, "x", over.x, most.x);
      else part(one, other, "y", over.y, most.y);
    }
    if (!moved) break;
  }
  return all.map(({ x, y }) => ({ x: Math.round(x), y: Math.round(y) }));
}

/** Moves two squares along an axis until they do not overlap. */
function part(
  one: Corner,
  other: Corner,
  axis: "x" | "y",
  over: number,
  most: number,
): void {
  const [first, second] =
    one[axis] <= other[axis] ? [one, other] : [other, one];
  first[axis] = Math.max(first[axis] - over / 2, 0);
  second[axis] = Math.min(second[axis] + over / 2, Math.max(most, 0));
}

/** Returns pairs of squares that may cover each other. */
function nearby(all: Corner[], side: number): [Corner, Corner][] {
  const order = [...all].sort((a, b) => a.x - b.x);
  return order.flatMap((one, place) => {
    const found: [Corner, Corner][] = [];
    for (const other of order.slice(place + 1)) {
      if (other.x - one.x >= side) break;
      if (Math.abs(other.y - one.y) < side) found.push([one, other]);
    }
    return found;
  });
}
