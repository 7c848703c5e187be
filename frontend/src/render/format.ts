/** Formats numbers for people. */

/** Three digits: "0.472", "12.3". */
export function format(value: number | null): string {
  return value === null ? "–" : String(Number(value.toPrecision(3)));
}

/** Two decimals, and no negative zero: "0.97", "0.00". */
export function decimals(value: number): string {
  return Number(value.toFixed(2)).toFixed(2);
}
