/** Short names of runs: without what the names of all runs share. */

const LONG = 22; // letters of a name that is shortened

/** Splits a name into words, each with the separator before it. */
export function words(name: string): string[] {
  return name.match(/[/\\_\-\s,=]*[^/\\_\-\s,=]+/g) ?? [name];
}

function shared(names: string[][], from: (of: string[], i: number) => string) {
  const least = Math.min(...names.map(({ length }) => length));
  let count = 0;
  while (
    count < least - 1 &&
    names.every((one) => from(one, count) === from(names[0] ?? [], count))
  ) {
    count++;
  }
  return count;
}

/** Shortens the long names of one folder; the last shared word stays. */
function shortened(names: string[]): string[] {
  if (names.length < 2 || !names.some(({ length }) => length > LONG)) {
    return names;
  }
  const split = names.map(words);
  const before = Math.max(shared(split, (of, i) => of[i] ?? "") - 1, 0);
  const rest = split.map((one) => one.slice(before));
  const after = shared(rest, (of, i) => of.at(-1 - i) ?? "");
  return rest.map((one) => {
    const text = one.slice(0, one.length - after).join("");
    const bare = before ? text.replace(/^[/\\_\-\s,=]+/, "") : text;
    return `${before ? "…" : ""}${bare}${after ? "…" : ""}`;
  });
}

function folderOf(label: string): string {
  return label.slice(0, label.lastIndexOf("/") + 1);
}

/** Returns the short name of each label, all different. */
export function shortNames(labels: string[]): Map<string, string> {
  const folders = [...new Set(labels.map(folderOf))];
  const common = folders.length === 1 ? (folders[0] ?? "") : "";
  const found = new Map<string, string>();
  for (const folder of folders) {
    const own = labels.filter((label) => folderOf(label) === folder);
    const names = shortened(own.map((label) => label.slice(folder.length)));
    own.forEach((label, i) =>
      found.set(label, (common ? "" : folder) + (names[i] ?? label)),
    );
  }
  return new Set(found.values()).size === labels.length
    ? found
    : new Map(labels.map((label) => [label, label]));
}
