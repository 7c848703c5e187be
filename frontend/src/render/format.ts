/** Formats numbers for people. */

/** Three digits: "0.472", "12.3". */
export function format(value: number | null): string {
  return value === null ? "–" : String(Number(value.toPrecision(3)));
}
