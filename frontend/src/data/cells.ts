/**
 * What the overview shows of layers. One request asks for many of them, with
 * their best images; those that need images go first.
 */
import { batch, type Signal } from "@preact/signals";
import { cellName, fetchCells } from "../api/client";
import type { Cell, Side } from "../api/types";
import { keepBusy, supply } from "./images";
import { addFault } from "./series";
import { Entry, obtain, type WallTimes } from "./store";

const CELL_BYTES = 4000;
const MOST_CELLS = 32; // of one request
const MOST_CHARACTERS = 5000; // of their names: servers limit a URL

class FetchedCell extends Entry<Cell | null> {
  stage: "queued" | "asked" | "done" = "done";
  /** Whether it left the screen before it was asked for. */
  left = false;

  constructor(
    readonly cell: string,
    readonly step: number,
    /** Images to fetch with it. */
    public images: number,
  ) {
    super(null);
    this.enqueue();
  }

  enqueue(): void {
    this.stage = "queued";
    queue.push(this);
    if (this.images) release ??= keepBusy();
    soon();
  }

  finish(found: Cell): void {
    this.stage = "done";
    if (found.event) void supply(found.run, found.tag, found.event);
    this.value.value = found;
    const { run, tag, step, error } = found;
    if (error) addFault(run, tag, { step, error });
    this.resize(CELL_BYTES);
  }

  override get idle(): boolean {
    return this.stage === "done" && !this.watched;
  }

  protected override onWatched(): void {
    super.onWatched();
    this.left = false;
  }

  protected override onUnwatched(): void {
    super.onUnwatched();
    this.left = true;
  }

  override revalidate(times: WallTimes): void {
    if (this.stage !== "done") return;
    const written = this.value.peek()?.event?.wall_time;
    if (times.get(this.step) !== written) this.refresh();
  }

  override retry(): void {
    const found = this.value.peek();
    if (this.stage === "done" && !found?.counts) this.refresh();
  }

  /** Fetches the cell again if it is shown; until then, the old one stays. */
  private refresh(): void {
    if (this.watched) this.enqueue();
    else this.forget();
  }
}

let queue: FetchedCell[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;
let running = false;
let release: (() => void) | null = null;

/**
 * Returns what is shown of a layer at a step; `null` until it is known.
 *
 * @param images Images that are shown of it.
 */
export function cell(at: Side, images: number): Signal<Cell | null> {
  const make = () => new FetchedCell(cellName(at), at.step, images);
  const entry = obtain("cell", [[at.run, at.tag]], at.step, make);
  if (!entry.watched) entry.left = false;
  // If it is known, each image that it lacks is fetched when it is drawn.
  entry.images = Math.max(entry.images, images);
  if (entry.stage === "done" && !entry.value.peek()) entry.enqueue();
  return entry.value;
}

function soon(): void {
  timer ??= setTimeout(() => void flush(), 0);
}

/** Returns the cells of the next request: with images, if any needs some. */
function nextCells(): FetchedCell[] {
  const shown = queue.filter(({ images }) => images > 0);
  const next: FetchedCell[] = [];
  let characters = 0;
  for (const one of shown.length ? shown : queue) {
    characters += encodeURIComponent(one.cell).length;
    const full = next.length === MOST_CELLS || characters > MOST_CHARACTERS;
    if (next.length && full) break;
    next.push(one);
  }
  return next;
}

/** Asks for cells until none is left. */
async function flush(): Promise<void> {
  timer = undefined;
  if (running) return;
  running = true;
  for (;;) {
    for (const one of queue) if (one.left) one.forget();
    queue = queue.filter(({ left }) => !left);
    const next = nextCells();
    if (!next.some(({ images }) => images > 0)) {
      release?.();
      release = null;
    }
    if (!next.length) break;
    const taken = new Set(next);
    queue = queue.filter((one) => !taken.has(one));
    await ask(next);
  }
  running = false;
}

async function ask(next: FetchedCell[]): Promise<void> {
  for (const one of next) one.stage = "asked";
  const images = Math.max(...next.map((one) => one.images));
  const names = next.map((one) => one.cell);
  try {
    const { cells } = await fetchCells(names, images);
    batch(() => {
      next.forEach((one, i) => {
        const found = cells[i];
        if (found) one.finish(found);
      });
    });
    const rest = next.slice(cells.length);
    for (const one of rest) one.stage = "queued";
    queue = [...rest, ...queue];
  } catch {
    for (const one of next) one.stage = "done"; // the next reader asks again
  }
}
