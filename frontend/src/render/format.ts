/** Formats numbers for people. */

/** Three digits: "0.472", "12.3". */
export function format(value: number | null): string {
  return value === null ? "–" : String(Number(value.toPrecision(3)));
}

/** Three digits, but at most four decimals: "0.472", "0.0094". */
export function brief(value: number | null): string {
  if (value === null) return "–";
  const rounded = Number(Number(value.toPrecision(3)).toFixed(4));
  return String(rounded || Number(value.toPrecision(1)));
}

/** Two decimals, and no negative zero: "0.97", "0.00". */
export function decimals(value: number): string {
  return Number(value.toFixed(2)).toFixed(2);
}

/** "a", "a and b", "a, b and c". */
export function listed(names: string[]): string {
  if (names.length < 2) return names[0] ?? "";
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
