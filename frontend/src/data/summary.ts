/** A summary of a layer at one epoch. */
import type { Series } from "../api/types";

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** "64 filters: 2 dead, 1 weak; 80 % settled; median lift 1.1". */
export function summary(series: Series, at: number): string {
  const column = series.epochs.indexOf(at);
  const status = series.status.map((row) => row[column] ?? null);
  const logged = status.filter((one) => one !== null).length;
  const count = (which: string) => status.filter((one) => one === which).length;
  const numbers = (name: string) =>
    (series.values[name] ?? [])
      .map((row) => row[column] ?? null)
      .filter((value): value is number => value !== null);
  const marked = ["dead", "weak", "flat"]
    .filter((which) => count(which))
    .map((which) => `${count(which)} ${which}`);
  const parts = [
    `${logged} shown${marked.length ? `: ${marked.join(", ")}` : ""}`,
  ];
  const settled = numbers("settled");
  if (settled.length) {
    const share = settled.reduce((a, b) => a + b, 0) / settled.length;
    parts.push(`${Math.round(100 * share)} % settled`);
  }
  const lifts = numbers("lift");
  if (lifts.length) parts.push(`median lift ${median(lifts).toPrecision(2)}`);
  return parts.join(" · ");
}

/**
 * Returns the shares of settled, dead and weak filters over epochs, without
 * those that are not logged or never occur.
 */
export function shares(series: Series): Record<string, (number | null)[]> {
  const found: Record<string, (number | null)[]> = {};
  const share = (of: (boolean | null)[]) => {
    const known = of.filter((one) => one !== null);
    return known.length ? known.filter(Boolean).length / known.length : null;
  };
  const settled = series.values["settled"];
  if (settled) {
    found["settled"] = series.epochs.map((_, column) =>
      share(
        settled.map((row) => {
          const value = row[column] ?? null;
          return value === null ? null : value === 1;
        }),
      ),
    );
  }
  for (const which of ["dead", "weak"]) {
    if (!series.status.some((row) => row.includes(which))) continue;
    found[which] = series.epochs.map((_, column) =>
      share(
        series.status.map((row) => {
          const status = row[column] ?? null;
          return status === null ? null : status === which;
        }),
      ),
    );
  }
  return found;
}
