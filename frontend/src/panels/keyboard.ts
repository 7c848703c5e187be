/** Keyboard shortcuts: everything works without a mouse. */
import { signal } from "@preact/signals";
import { shownKeys } from "../selection/order";
import { hasInspector, inspected } from "../selection/inspected";
import { epoch as shownEpoch } from "../selection/shown";
import { goTo, move, togglePlay } from "../selection/player";
import { viewOf, type Place } from "../state/schema";
import { state, togglePin, update } from "../state/state";
import { toggleSlicing } from "../selection/slice_player";
import { moveSlice } from "../selection/slices";
import { lens, panned, resetLens, zoomed } from "../selection/lens";

export const helpShown = signal(false);

export const KEYS: [string, string][] = [
  ["← → ↑ ↓", "move between filters (Over time: and epochs)"],
  [", .", "previous and next epoch"],
  ["Home End", "first and newest epoch"],
  ["Space", "play through epochs"],
  ["Enter", "inspect the filter; again: open its page"],
  ["e", "exemplars over the images"],
  ["Esc", "go back"],
  ["p", "pin the filter"],
  ["a b", "use the image as A or B"],
  ["x", "swap A and B"],
  ["c", "compare A and B"],
  ["+ - 0", "Compare: zoom in, out, reset; arrows pan"],
  ["[ ]", "previous and next slice of a volume"],
  ["v", "play through slices"],
  ["/", "search filters"],
  ["?", "show this help"],
];

/** Returns the next tile in a direction on the screen. */
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
    const distance = ahead + aside * 10; // prefers the same line
    if (distance < least) [best, least] = [tile, distance];
  }
  return best;
}

const PAN = 24; // pixels
const PANS: Record<string, [number, number]> = {
  ArrowLeft: [PAN, 0],
  ArrowRight: [-PAN, 0],
  ArrowUp: [0, PAN],
  ArrowDown: [0, -PAN],
};

/** Goes to the filter beside the one of the page, unless a tile has the focus. */
function isStep(direction: string): boolean {
  if (document.activeElement?.classList.contains("tile")) return false;
  const by = { ArrowLeft: -1, ArrowRight: 1 }[direction];
  if (by === undefined) return false;
  const keys = shownKeys.value;
  const to = keys[keys.indexOf(state.value.filter ?? "") + by];
  if (to !== undefined) update({ filter: to });
  return true;
}

function travel(direction: string): void {
  if (state.value.view === "compare") {
    const [dx, dy] = PANS[direction] ?? [0, 0];
    lens.value = panned(lens.value, dx, dy);
    return;
  }
  if (state.value.view === "filter" && isStep(direction)) return;
  const tiles = [...document.querySelectorAll<HTMLElement>("main .tile")];
  const active = document.activeElement;
  const from = tiles.find((tile) => tile === active) ?? null;
  if (!from) {
    const start = tiles.find((tile) => tile.classList.contains("focused"));
    (start ?? tiles[0])?.focus();
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

/** Returns the image that keys act on: the focused, else the inspected one. */
function focused(): Place | null {
  const { dataset } = (document.activeElement ?? {}) as HTMLElement;
  const { run, tag, key, epoch, follows } = dataset ?? {};
  if (run && tag && key && epoch) {
    // A tile that follows the slider says at which epoch it is when idle.
    const slider = follows === undefined ? null : shownEpoch.value;
    return { run, tag, key, epoch: slider ?? Number(epoch) };
  }
  return inspected.value;
}

function back(): void {
  if (helpShown.value) helpShown.value = false;
  else if (viewOf(state.value.view) !== state.value.view) {
    update({ view: viewOf(state.value.view) });
  } else if (state.value.filter !== null) update({ filter: null });
  else if (state.value.view === "grid") update({ view: "overview" });
  else update({ view: "grid" });
}

const actions: Record<string, (here: Place | null) => void> = {
  ",": () => move(-1),
  ".": () => move(1),
  Home: () => goTo(0),
  End: () => goTo(Infinity),
  " ": togglePlay,
  "/": () => document.getElementById("search")?.focus(),
  "?": () => (helpShown.value = !helpShown.value),
  p: (here) => here && togglePin(here.tag, here.key),
  a: (here) => here && update({ a: here }),
  b: (here) => here && update({ b: here }),
  x: () => update({ a: state.value.b, b: state.value.a }),
  c: () => update({ view: "compare" }),
  e: () => update({ exemplars: !state.value.exemplars }),
  "+": () => (lens.value = zoomed(lens.value, 1.5)),
  "-": () => (lens.value = zoomed(lens.value, 1 / 1.5)),
  "0": resetLens,
  "[": () => moveSlice(-1),
  "]": () => moveSlice(1),
  v: toggleSlicing,
};

/** Whether an element handles a key itself. */
export function keeps(element: HTMLElement, key: string): boolean {
  const { tagName } = element;
  if (tagName === "SELECT" || tagName === "TEXTAREA") return true;
  if (tagName === "BUTTON" || tagName === "SUMMARY") {
    // Enter opens a tile; Space plays, as everywhere.
    return key === " " && !element.classList.contains("tile");
  }
  if (tagName !== "INPUT") return false;
  const { type } = element as HTMLInputElement;
  if (type === "checkbox") return key === " ";
  if (type === "range") return key.startsWith("Arrow") || /Home|End/.test(key);
  return true;
}

/** Whether no element has the focus, while a filter is inspected. */
function isNowhere(target: HTMLElement): boolean {
  const app = target === document.body || target.classList.contains("app");
  return app && inspected.value !== null && hasInspector();
}

/** Whether an element is the tile of the inspected filter. */
function isInspected({ classList }: HTMLElement): boolean {
  return classList.contains("tile") && classList.contains("focused");
}

export function onKey(event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  const { key } = event;
  if (key === "Escape") {
    if (keeps(target, "a")) target.blur();
    else back();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (helpShown.value && key !== "?") return;
  if (target.id === "search" && (key === "Enter" || key === "ArrowDown")) {
    document.querySelector<HTMLElement>("main .tile")?.focus();
    event.preventDefault();
    return;
  }
  if (keeps(target, key)) return;
  if (key === "Enter" && (isInspected(target) || isNowhere(target))) {
    update({ view: "filter" });
    event.preventDefault();
    return;
  }
  if (key.startsWith("Arrow")) {
    if (!shownKeys.value.length) return;
    travel(key);
  } else {
    const action = actions[key];
    if (!action) return;
    action(focused());
  }
  event.preventDefault();
}

/** Keeps browsers from pressing a tile when Space is released. */
export function onKeyUp(event: KeyboardEvent): void {
  const { classList } = event.target as HTMLElement;
  if (event.key === " " && classList.contains("tile")) event.preventDefault();
}
