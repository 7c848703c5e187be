/**
 * The store of everything that is fetched from the logs, or derived from it.
 *
 * The key of an entry names its layers. An entry is forgotten when one of them
 * is no longer listed, and refreshed when its events were rewritten. When the
 * store is full, it evicts the least recently used entries that are not shown.
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

  /** Called with the times of a layer's events when its epochs are fetched. */
  revalidate?(times: WallTimes): void;

  /** Fetches the value again if that failed. */
  retry?(): void;

  /** Sets the size of the entry, and evicts others if needed. */
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

/** Returns an entry, made if needed; it is now the most recently used. */
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

/** An answer that is fetched again when the version of its log changes. */
export class Answer<T> extends Entry<T | null> {
  /** The version of the value, or of the one being fetched. */
  private version: string | number | null = null;

  constructor() {
    super(null);
  }

  has(version: string | number): boolean {
    return this.version === version;
  }

  /** Stores a version that was derived instead of fetched. */
  set(version: string | number, value: T): void {
    this.version = version;
    this.value.value = value;
  }

  /** Fetches a version once; until it arrives, the old value stays. */
  ask(
    version: string | number,
    request: () => Promise<T>,
    bytesOf: (answer: T) => number,
  ): void {
    if (this.has(version)) return;
    this.version = version;
    const current = () => this.has(version);
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

/**
 * Returns the answer under a key; `null` until it is known.
 *
 * @param version Asks for this version, once; `null` asks for none.
 */
export function answer<T>(
  kind: string,
  layers: LayerName[],
  rest: unknown,
  version: string | number | null | undefined,
  request: () => Promise<T>,
  bytesOf: (answer: T) => number,
): Signal<T | null> {
  const entry = obtain(kind, layers, rest, () => new Answer<T>());
  if (version !== null && version !== undefined) {
    entry.ask(version, request, bytesOf);
  }
  return entry.value;
}

/**
 * Returns what a layer's event of an epoch holds; `null` until it is known.
 *
 * @param wallTime When the event was written: of an event that was written
 *   again, nothing earlier is returned.
 */
export function answerOfEvent<T extends { wallTime: number }>(
  kind: string,
  layer: LayerName,
  epoch: number,
  wallTime: number,
  request: () => Promise<T | null>,
  bytesOf: (answer: T | null) => number,
): T | null {
  const found = answer(kind, [layer], epoch, wallTime, request, bytesOf).value;
  return found?.wallTime === wallTime ? found : null;
}

/** Forgets the entries of layers that are no longer listed. */
export function keepListed(layers: LayerName[]): void {
  const listed = new Set(layers.map((layer) => JSON.stringify(layer)));
  for (const entry of entries.values()) {
    if (!entry.layers.every((layer) => listed.has(layer))) entry.forget();
  }
}

// Reading an entry moves it to the end of the map, and changing one makes its
// readers read. These loops use a copy, or they would visit such entries twice.

/** Refreshes the entries of a layer whose events were rewritten. */
export function revalidate(layer: LayerName, times: WallTimes): void {
  const layerName = JSON.stringify(layer);
  for (const entry of [...entries.values()]) {
    if (entry.layers.includes(layerName)) entry.revalidate?.(times);
  }
}

/** Fetches again all that failed. */
export function retryFailed(): void {
  for (const entry of [...entries.values()]) entry.retry?.();
}

/** All entries. */
export function stored(): Iterable<Entry<unknown>> {
  return entries.values();
}
