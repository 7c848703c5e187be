/** Puts the filters of a layer in bands: kept, changed, lost and new. */
import type { Correlated, Match, Series } from "../api/types";
import { LEAST_CORRELATION } from "../data/matches";
import { isFilterLogged, statusAt } from "../data/measures";

/** The filter of the other side that responds most like a lost or new one. */
export interface NearestFilter {
  key: string;
  r: number;
  /** The filter that it is paired with instead; `null` for none. */
  partner: string | null;
}

/** A filter before, its match after, and the correlation of the two. */
export interface Change {
  before: string | null;
  after: string | null;
  /** `null` for a lost or a new filter. */
  r: number | null;
  /** Of a lost or a new filter with responses. */
  nearest: NearestFilter | null;
  /** What is known of both, as "dead". */
  status: Record<"before" | "after", string | null>;
}

/** Numbers of dead filters. */
interface Deaths {
  before: number;
  after: number;
  /** Pairs that are dead before and after. */
  both: number;
  /** Matches of which only the second is dead. */
  died: number;
}

export const BANDS = {
  lost: "Lost",
  new: "New",
  changed: "Changed",
  kept: "Kept",
} as const;
export type Band = keyof typeof BANDS;

export interface Bands extends Record<Band, Change[]> {
  dead: Deaths;
  /** Filters that are logged at each side. */
  logged: Record<"before" | "after", number>;
}

export const KEPT = 0.9; // correlation of a filter that has hardly changed

/** Returns the nearest filter of each one, with the partners of the nearest. */
function nearestOf(
  nearest: Correlated[],
  partners: Map<string, string>,
): Map<string, NearestFilter> {
  return new Map(
    nearest.map(({ key, other, r }) => [
      key,
      { key: other, r, partner: partners.get(other) ?? null },
    ]),
  );
}

/**
 * Returns the filters of a layer in bands, each in order of r.
 *
 * @param sameRun Whether the sides are epochs of one run, of which each may log
 * other filters: those that only one side logs are neither lost nor new.
 */
export function bandsOf(
  { pairs, nearest, other_nearest }: Match,
  before: readonly [Series, number],
  after: readonly [Series, number],
  sameRun = false,
): Bands {
  const filters = ([of, at]: readonly [Series, number]) =>
    of.keys.filter(
      (key, i) =>
        of.filters[i] !== null &&
        of.filters[i] !== undefined &&
        isFilterLogged(of, key, at),
    );
  const sides = { before: filters(before), after: filters(after) };
  const statusOf = ([of, at]: readonly [Series, number], key: string | null) =>
    key === null ? null : statusAt(of, key, at);
  const dead = (of: readonly [Series, number], key: string) =>
    statusOf(of, key) === "dead";
  const count = (of: readonly [Series, number], keys: string[]) =>
    keys.filter((key) => dead(of, key)).length;
  const change = (
    first: string | null,
    second: string | null,
    more: Pick<Change, "r" | "nearest">,
  ): Change => ({
    before: first,
    after: second,
    ...more,
    status: {
      before: statusOf(before, first),
      after: statusOf(after, second),
    },
  });
  const found: Bands = {
    lost: [],
    new: [],
    changed: [],
    kept: [],
    dead: {
      before: count(before, sides.before),
      after: count(after, sides.after),
      both: 0,
      died: 0,
    },
    logged: { before: sides.before.length, after: sides.after.length },
  };
  const [first, second] = [
    new Map<string, string>(),
    new Map<string, string>(),
  ];
  for (const { key, other, r } of [...pairs].sort((a, b) => a.r - b.r)) {
    if (r >= LEAST_CORRELATION) {
      first.set(key, other);
      second.set(other, key);
      const pair = change(key, other, { r, nearest: null });
      (r >= KEPT ? found.kept : found.changed).push(pair);
    }
    if (!dead(after, other)) continue;
    if (dead(before, key)) found.dead.both++;
    else if (r >= LEAST_CORRELATION) found.dead.died++;
  }
  const alone = (
    side: "before" | "after",
    of: readonly [Series, number],
    paired: Map<string, string>,
  ) => {
    const other = new Set(sides[side === "before" ? "after" : "before"]);
    return sides[side].filter(
      (key) =>
        !paired.has(key) && !dead(of, key) && (!sameRun || other.has(key)),
    );
  };
  const [there, back] = [
    nearestOf(nearest, second),
    nearestOf(other_nearest, first),
  ];
  found.lost = alone("before", before, first).map((key) =>
    change(key, null, { r: null, nearest: there.get(key) ?? null }),
  );
  found.new = alone("after", after, second).map((key) =>
    change(null, key, { r: null, nearest: back.get(key) ?? null }),
  );
  for (const band of [found.lost, found.new]) {
    band.sort((a, b) => (a.nearest?.r ?? -1) - (b.nearest?.r ?? -1));
  }
  return found;
}

/** "41 kept, 12 changed, 7 lost, 9 new", and "dead 2 → 5: 1 died". */
export function counts(bands: Bands): string {
  const parts = (["kept", "changed", "lost", "new"] as const).map(
    (band) => `${bands[band].length} ${band}`,
  );
  const { before, after, both, died } = bands.dead;
  if (!before && !after) return parts.join(", ");
  const how = [
    ...(died ? [`${died} died`] : []),
    ...(both ? [`${both} dead in both`] : []),
  ].join(", ");
  const number = `dead ${before} → ${after}`;
  return `${parts.join(", ")} · ${how ? `${number}: ${how}` : number}`;
}
