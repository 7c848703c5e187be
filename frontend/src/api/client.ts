/** The plugin's routes; docs/http_api.md describes them. */
import { signal } from "@preact/signals";
import { decodeCells, decodeImages } from "./decode_images";
import { embedded, type Query } from "./embedded";
import { shortNames } from "./run_names";
import type { ThumbnailsHeader } from "./event_header";
import type {
  Alike,
  Cell,
  Classes,
  Epochs,
  Images,
  Listed,
  Match,
  Relations,
  Run,
  Sent,
  Series,
  Side,
} from "./types";

/** Why TensorBoard cannot be reached; `null` while it can. */
export const failure = signal<string | null>(null);

// In one expression, Vite would take "../" for an asset, src/index.tsx.
const here = import.meta.url;

/** Asks the page itself if it holds the answers, else the plugin's routes. */
function get(
  route: string,
  query: Query,
  abort: AbortSignal | null = null,
): Promise<Response> {
  return embedded ? embedded(route, query) : fetchRoute(route, query, abort);
}

/** The routes are next to this module's folder, whatever the path prefix. */
async function fetchRoute(
  route: string,
  query: Query,
  abort: AbortSignal | null,
): Promise<Response> {
  const url = new URL(route, new URL("../", here));
  // At once: each change to the parameters of a URL writes the whole URL.
  url.search = String(new URLSearchParams(query));
  let response: Response;
  try {
    response = await fetch(url, { signal: abort });
  } catch (error) {
    if (abort?.aborted) throw error;
    failure.value = error instanceof Error ? error.message : String(error);
    throw error;
  }
  if (!response.ok) {
    const text = (await response.text()).slice(0, 300);
    const message =
      text || `TensorBoard responded with status ${response.status}.`;
    if (response.status >= 500) failure.value = message;
    throw new Error(message);
  }
  return response;
}

export async function fetchRuns(): Promise<Run<Listed>[]> {
  const answer = (await (await get("index", [])).json()) as {
    runs: (Omit<Run, "layers" | "name"> & { layers: Sent[] })[];
  };
  const names = shortNames(answer.runs.map(({ label }) => label));
  return answer.runs.map((run) => ({
    ...run,
    name: names.get(run.label) ?? run.label,
    layers: run.layers.map((one) => ({ ...one, last: one.last ?? -1 })),
  }));
}

export async function fetchEpochs(run: string, tag: string): Promise<Epochs> {
  const query: [string, string][] = [
    ["run", run],
    ["tag", tag],
  ];
  return (await (await get("epochs", query)).json()) as Epochs;
}

/** Fetches the measures of a layer at some epochs. */
export async function fetchSeries(
  run: string,
  tag: string,
  steps: number[],
): Promise<Series> {
  const query: [string, string][] = [
    ["run", run],
    ["tag", tag],
    ...steps.map((step): [string, string] => ["step", String(step)]),
  ];
  return (await (await get("series", query)).json()) as Series;
}

/** Fetches the images of some filters, or of all, at some epochs. */
export async function fetchImages(
  run: string,
  tag: string,
  steps: number[],
  keys: string[] | null,
  extra = false,
  abort: AbortSignal | null = null,
): Promise<Images> {
  const query: [string, string][] = [
    ["run", run],
    ["tag", tag],
    ...steps.map((step): [string, string] => ["step", String(step)]),
    ...(keys ?? []).map((key): [string, string] => ["key", key]),
  ];
  // Extra images only: no filter has the empty key.
  if (extra) query.push(["extra", "1"]);
  if (extra && !keys) query.push(["key", ""]);
  return decodeImages(await (await get("images", query, abort)).arrayBuffer());
}

/** The name of a cell, as the route `overview` takes it. */
export function cellName({ run, tag, step }: Side): string {
  return JSON.stringify([run, tag, step]);
}

/**
 * Fetches what the overview shows of some layers.
 *
 * @param names The names of the cells.
 * @param images Images of each cell.
 * @returns The first of the cells, and how many are left to ask for again.
 */
export async function fetchCells(
  names: string[],
  images: number,
): Promise<{ cells: Cell[]; left: number }> {
  const query = names.map((name): [string, string] => ["cell", name]);
  query.push(["images", String(images)]);
  return decodeCells(await (await get("overview", query)).arrayBuffer());
}

function sides(a: Side, b: Side): [string, string][] {
  return [
    ["run", a.run],
    ["tag", a.tag],
    ["other_run", b.run],
    ["other_tag", b.tag],
  ];
}

/** Fetches the matches of a layer's filters in another layer. */
export async function fetchMatch(a: Side, b: Side): Promise<Match> {
  const steps: [string, string][] = [
    ["step", String(a.step)],
    ["other_step", String(b.step)],
  ];
  return (await (
    await get("match", [...sides(a, b), ...steps])
  ).json()) as Match;
}

export async function fetchAlike(a: Side, b: Side): Promise<Alike> {
  return (await (await get("alike", sides(a, b))).json()) as Alike;
}

/** Fetches the inputs of a run's probe in one image; `null` if none is logged. */
export async function fetchThumbnails(
  run: string,
): Promise<{ header: ThumbnailsHeader; image: Blob } | null> {
  const answer = await get("thumbnails", [["run", run]]);
  const buffer = await answer.arrayBuffer();
  const length = new DataView(buffer).getUint32(0, true);
  const text = new TextDecoder().decode(new Uint8Array(buffer, 4, length));
  const { header } = JSON.parse(text) as { header: ThumbnailsHeader | null };
  const image = new Blob([new Uint8Array(buffer, 4 + length)]);
  return header && { header, image };
}

/** Fetches which filters of a layer respond alike, and a map of them. */
export async function fetchRelations({ run, tag, step }: Side) {
  const query: Query = [
    ["run", run],
    ["tag", tag],
    ["step", String(step)],
  ];
  return (await (await get("relations", query)).json()) as Relations;
}

/** Fetches the classes of the exemplars of a layer. */
export async function fetchClasses({ run, tag, step }: Side) {
  const query: Query = [
    ["run", run],
    ["tag", tag],
    ["step", String(step)],
  ];
  return (await (await get("classes", query)).json()) as Classes;
}

/** A scalar of TensorBoard's: its steps and its values. */
export interface Scalar {
  steps: number[];
  values: number[];
}

/** Asks the plugin of TensorBoard's scalars, or the page that holds them. */
async function getScalars(route: string, query: Query): Promise<Response> {
  if (embedded) return await embedded(`scalars/${route}`, query);
  const url = new URL(`scalars/${route}`, new URL("../../", here));
  for (const [name, value] of query) url.searchParams.append(name, value);
  return await fetch(url);
}

/** Fetches a scalar that Keras logged beside a run; `null` if there is none. */
export async function fetchScalar(
  run: string,
  tag: string,
): Promise<Scalar | null> {
  const query: Query = [
    ["run", run],
    ["tag", tag],
  ];
  const answer = await getScalars("scalars", query);
  if (!answer.ok) return null;
  const found = (await answer.json()) as [number, number, number][];
  return {
    steps: found.map(([, step]) => step),
    values: found.map(([, , value]) => value),
  };
}

/** Fetches the names of TensorBoard's scalars by run. */
export async function fetchScalarTags(): Promise<Record<string, object>> {
  const answer = await getScalars("tags", []);
  return answer.ok ? ((await answer.json()) as Record<string, object>) : {};
}
