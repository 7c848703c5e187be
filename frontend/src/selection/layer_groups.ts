/** Groups the layers of a deep network by the beginnings of their names. */
import { words } from "../api/run_names";

const FEW = 8; // layers that need no groups
const LEAST = 2; // layers of a group, on average

export interface Group<T> {
  /** What the names of its layers begin with; empty if nothing. */
  name: string;
  layers: T[];
}

function split<T extends { tag: string }>(
  layers: T[],
  depth: number,
): Group<T>[] {
  const found: Group<T>[] = [];
  for (const layer of layers) {
    const name = words(layer.tag).slice(0, depth).join("");
    const last = found.at(-1);
    if (last?.name === name) last.layers.push(layer);
    else found.push({ name, layers: [layer] });
  }
  return found.flatMap((group) => {
    if (group.layers.length <= FEW) return [group];
    const parts = split(group.layers, depth + 1);
    return worthIt(parts) ? parts : [group];
  });
}

function worthIt<T>(groups: Group<T>[]): boolean {
  const layers = groups.reduce(
    (sum, { layers: { length } }) => sum + length,
    0,
  );
  return groups.length > 1 && layers >= LEAST * groups.length;
}

/** Joins neighbouring groups of a single layer into one without a name. */
function together<T>(groups: Group<T>[]): Group<T>[] {
  const found: Group<T>[] = [];
  for (const { name, layers } of groups) {
    const last = found.at(-1);
    if (layers.length > 1) found.push({ name, layers });
    else if (last?.name === "") last.layers.push(...layers);
    else found.push({ name: "", layers: [...layers] });
  }
  return found;
}

/** Returns the layers in groups, in their order: one if they are few. */
export function groupsOf<T extends { tag: string }>(layers: T[]): Group<T>[] {
  const one = [{ name: "", layers }];
  if (layers.length <= FEW) return one;
  const groups = split(layers, 1);
  return worthIt(groups) ? together(groups) : one;
}

/** Returns the name of a layer without that of its group. */
export function nameIn(group: string, tag: string): string {
  return group ? tag.slice(group.length).replace(/^[/\\_\-\s,=.]+/, "") : tag;
}
