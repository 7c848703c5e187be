/** The keyboard: everything can be reached without a mouse. */
import { signal } from "@preact/signals";
import { shownKeys } from "./filters";
import { place } from "./inspector";
import { goTo, move, playing } from "./scrubber";
import { epochs } from "./logs";
import { state, togglePin, update } from "./state";

export const helpShown = signal(false);

export const KEYS: [string, string][] = [
  ["← → ↑ ↓", "move over filters (and epochs, over time)"],
  [", .", "previous and next epoch"],
  ["Home End", "first and newest epoch"],
  ["Space", "play over epochs"],
  ["Enter", "inspect the filter"],
  ["Esc", "back"],
  ["p", "pin the filter"],
  ["a b", "put the image into slot A or B"],
  ["x", "swap A and B"],
  ["/", "search filters"],
  ["?", "this help"],
];

/** The tile that lies next in a direction, by where tiles are drawn. */
export function neighbour(
  from: DOMRect,
  all: { box: DOMRect; tile: HTMLElement }[],
  direction: string,
): HTMLElement | null {
  const along = direction === "ArrowLeft" || direction === "ArrowRight";
  const sign = direction === "ArrowRight" || direction === "ArrowDown" ? 1 : -1;
  let best: HTMLElement | null = null;
  let least = Infinity;
  for (const { box, tile } of all) {
    const dx = box.left - from.left;
    const dy = box.top - from.top;
    const ahead = (along ? dx : dy) * sign;
    const aside = Math.abs(along ? dy : dx);
    if (ahead < 2) continue;
    const distance = ahead + aside * 10; // the same line first
    if (distance < least) [best, least] = [tile, distance];
  }
  return best;
}

function travel(direction: string): void {
  const tiles = [...document.querySelectorAll<HTMLElement>(".tile")];
  const active = document.activeElement;
  const from = tiles.find((tile) => tile === active) ?? null;
  if (!from) {
    tiles[0]?.focus();
    return;
  }
  const all = tiles.map((tile) => ({
    tile,
    box: tile.getBoundingClientRect(),
  }));
  const next = neighbour(from.getBoundingClientRect(), all, direction);
  next?.focus();
  next?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function focused(): ReturnType<typeof place> {
  const { dataset } = (document.activeElement ?? {}) as HTMLElement;
  const { run, tag, key, epoch } = dataset ?? {};
  if (run && tag && key && epoch) {
    return { run, tag, key, epoch: Number(epoch) };
  }
  return place();
}

export function onKey(event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName);
  if (event.key === "Escape") {
    if (typing) target.blur();
    else if (helpShown.value) helpShown.value = false;
    else if (state.value.filter !== null) update({ filter: null });
    else update({ view: "grid" });
    return;
  }
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const here = focused();
  const actions: Record<string, () => void> = {
    ",": () => move(-1),
    ".": () => move(1),
    Home: () => goTo(0),
    End: () => goTo(epochs.value.length - 1),
    "/": () => document.getElementById("search")?.focus(),
    "?": () => (helpShown.value = !helpShown.value),
    p: () => here && togglePin(here.tag, here.key),
    a: () => here && update({ a: here }),
    b: () => here && update({ b: here }),
    x: () => update({ a: state.value.b, b: state.value.a }),
  };
  if (event.key.startsWith("Arrow") && shownKeys.value.length) {
    travel(event.key);
  } else if (event.key === " " && target.tagName !== "BUTTON") {
    playing.value = !playing.value;
  } else {
    const action = actions[event.key];
    if (!action) return;
    action();
  }
  event.preventDefault();
}
