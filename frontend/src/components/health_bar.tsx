/** The shares of dead, weak, settled and still changing filters, as a bar. */
import type { Counts } from "../api/types";

/** Returns the parts of the bar, with their names and counts. */
export function partsOf(health: Counts): [name: string, count: number][] {
  const { logged, dead, weak, flat, settled, known } = health;
  const changing = Math.max(known - settled, 0);
  const marked = dead + weak + flat;
  // A weak filter may have settled too: its mark counts.
  const calm = Math.max(Math.min(settled, logged - marked - changing), 0);
  const other = Math.max(logged - marked - calm - changing, 0);
  const parts: [string, number][] = [
    ["dead", dead],
    ["weak", weak],
    ["flat", flat],
    ["changing", known ? changing : 0],
    ["settled", known ? calm : 0],
    ["alive", other],
  ];
  return parts.filter(([, count]) => count > 0);
}

/** "15 dead, 1 settled". */
export function spoken(health: Counts): string {
  const named: Record<string, string> = { changing: "still changing" };
  return partsOf(health)
    .map(([name, count]) => `${count} ${named[name] ?? name}`)
    .join(", ");
}

export function HealthBar({ health }: { health: Counts }) {
  const text = spoken(health);
  return (
    <span class="health" role="img" aria-label={text} title={text}>
      {partsOf(health).map(([name, count]) => (
        <span key={name} class={name} style={{ flexGrow: count }} />
      ))}
    </span>
  );
}
