/**
 * The one store of what was fetched from the logs, and of what was derived
 * from it.
 *
 * The key of an entry names the layers that it belongs to. An entry is
 * forgotten when one of its layers is no longer listed, and refreshed when the
 * events that it came from were rewritten. If the store is full, the least
 * recently used entries that nothing shows are evicted.
 */
import { signal, type Signal } from "@preact/signals";

/** A layer of a run, as keys name it. */
export type LayerName = [run: string, tag: string];

/** When each epoch of a layer was written: rewritten events have new times. */
export type WallTimes = ReadonlyMap<number, number>;

const MOST_BYTES = 128 << 20;

const entries = new Map<string, Entry<unknown>>();
let total = 0; // bytes

/** A value in the store. */
export class Entry<T> {
  readonly value: Signal<T>;
  name = "";
  layers: string[] = [];
  bytes = 0;
  watched = false;

  constructor(initial: T) {
    this.value = signal(initial, {
      watched: () => this.onWatched(),
      unwatched: () => this.onUnwatched(),
    });
  }

  protected onWatched(): void {
    this.watched = true;
  }

  protected onUnwatched(): void {
    this.watched = false;
  }

  /** Whether the entry may be evicted. */
  get idle(): boolean {
    return !this.watched;
  }

  /** Called with the times of a layer's events whenever they were listed. */
  revalidate?(times: WallTimes): void;

  /** Asks again for what could not be fetched. */
  retry?(): void;

  /** Says how large the entry has become. */
  resize(bytes: number): void {
    if (entries.get(this.name) !== this) return;
    total += bytes - this.bytes;
    this.bytes = bytes;
    evict();
  }

  forget(): void {
    if (entries.get(this.name) !== this) return;
    entries.delete(this.name);
    total -= this.bytes;
  }
}

function evict(): void {
  if (total <= MOST_BYTES) return;
  for (const entry of entries.values()) {
    if (entry.idle) entry.forget();
    if (total <= MOST_BYTES) return;
  }
}

/** Returns an entry, which becomes the most recently used; makes it if needed. */
export function obtain<E extends Entry<unknown>>(
  kind: string,
  layers: LayerName[],
  rest: unknown,
  make: () => E,
): E {
  const name = JSON.stringify([kind, layers, rest]);
  let entry = entries.get(name) as E | undefined;
  if (entry) {
    entries.delete(name);
  } else {
    entry = make();
    entry.name = name;
    entry.layers = layers.map((layer) => JSON.stringify(layer));
  }
  entries.set(name, entry);
  return entry;
}

/** An answer that is asked for again when the version of its log changes. */
export class Answer<T> extends Entry<T | null> {
  /** The version that the value is, or is about to be, of. */
  version: string | number | null = null;

  constructor() {
    super(null);
  }

  /** Asks unless that was done; until the answer comes, the old one stays. */
  ask(
    version: string | number,
    request: () => Promise<T>,
    bytesOf: (answer: T) => number,
  ): void {
    if (this.version === version) return;
    this.version = version;
    const current = () => this.version === version;
    request().then(
      (answer) => {
        if (!current()) return;
        this.value.value = answer;
        this.resize(bytesOf(answer));
      },
      () => {
        if (current()) this.version = null; // the next reader asks again
      },
    );
  }
}

/** Forgets what belongs to layers that are not listed any more. */
export function keepListed(layers: LayerName[]): void {
  const listed = new Set(layers.map((layer) => JSON.stringify(layer)));
  for (const entry of entries.values()) {
    if (!entry.layers.every((layer) => listed.has(layer))) entry.forget();
  }
}

// A reader that is told of a change moves what it reads to the end of the map:
// these loops go over a copy, or they would come to such entries once more.

/** Refreshes what was rewritten of a layer. */
export function revalidate(layer: LayerName, times: WallTimes): void {
  const layerName = JSON.stringify(layer);
  for (const entry of [...entries.values()]) {
    if (entry.layers.includes(layerName)) entry.revalidate?.(times);
  }
}

/** Asks again for all that could not be fetched. */
export function retryFailed(): void {
  for (const entry of [...entries.values()]) entry.retry?.();
}

/** All entries. */
export function stored(): Iterable<Entry<unknown>> {
  return entries.values();
}
