/** The language of the search field. */

const STATUSES = ["ok", "dead", "weak", "flat", "plain"];
const ALONE = new Set([...STATUSES, "settled", "unsettled", "pinned", "twins"]);
const COMPARISON = /^([a-z][a-z0-9_]*)\s*(<=|>=|<|>|=)\s*(-?[\d.]+)$/;

/** Whether a search is a mark and nothing else. */
export function isMark(search: string): boolean {
  return ALONE.has(search.trim().toLowerCase());
}

/** A filter at the shown epoch. */
export interface Known {
  key: string;
  status: string | null;
  settled: number | null;
  pinned: boolean;
  /** Whether another filter responds like it. */
  twin: () => boolean;
  /** Whether most of its exemplars are of a class. */
  about: (name: string) => boolean;
  measure: (name: string) => number | null;
}

/**
 * Whether a search finds a filter. It may hold numbers and ranges ("3, 10-20"),
 * statuses ("dead"), "settled", "unsettled", "pinned", "twins", classes
 * ("class 4"), measures ("lift < 0.5")
 * and parts of labels. A comma means "or", and " and " means "and".
 */
export function matches(search: string, filter: Known): boolean {
  const parts = search
    .toLowerCase()
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean);
  if (!parts.length) return true;
  return parts.some((part) =>
    part.split(/\s+and\s+/).every((one) => meant(one.trim(), filter)),
  );
}

const WORDS = [...STATUSES, "settled", "unsettled", "pinned", "class", "twins"];

/**
 * Returns a search without its last condition if that is still being typed:
 * the beginning of a word, a measure without a number.
 */
export function withoutUnfinished(search: string, measures: string[]): string {
  const split = /^(.*?)([^,]*)$/s.exec(search);
  if (!split) return search;
  const conditions = (split[2] ?? "").split(/\s+and\b\s*/);
  const last = (conditions.pop() ?? "").trim().toLowerCase();
  const [, word = "", rest = ""] = /^([a-z_\d]*)\s*(.*)$/.exec(last) ?? [];
  const begun = [...WORDS, ...measures, "and"].some(
    (one) => one.startsWith(word) && !ALONE.has(word),
  );
  const half =
    last === "" ||
    (begun && (rest === "" || /^[<>=]+\s*-?\.?$/.test(rest))) ||
    /^\d+\s*-$/.test(last);
  if (!half) return search;
  return (split[1] ?? "") + conditions.join(" and ");
}

function meant(part: string, filter: Known): boolean {
  const { key, status, settled } = filter;
  const range = /^(\d+)\s*-\s*(\d+)$/.exec(part);
  if (range) {
    const number = Number(key);
    return number >= Number(range[1]) && number <= Number(range[2]);
  }
  const comparison = COMPARISON.exec(part);
  if (comparison) {
    const value = filter.measure(comparison[1] ?? "");
    return value !== null && compare(value, comparison);
  }
  if (part === "settled") return settled === 1;
  if (part === "unsettled") return settled === 0;
  if (part === "pinned") return filter.pinned;
  if (part === "twins") return filter.twin();
  const named = /^class\s+(.+)$/.exec(part);
  if (named) return filter.about(named[1] ?? "");
  if (STATUSES.includes(part)) return status === part;
  if (/^\d+$/.test(part)) return key === part || key.startsWith(`${part}.`);
  return key.toLowerCase().includes(part);
}

function compare(value: number, [, , sign, text]: RegExpExecArray): boolean {
  const bound = Number(text);
  switch (sign) {
    case "<":
      return value < bound;
    case "<=":
      return value <= bound;
    case ">":
      return value > bound;
    case ">=":
      return value >= bound;
    default:
      return value === bound;
  }
}
