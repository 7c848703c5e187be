/**
 * The answers that a page holds itself, as `tb-actmax export --html` writes it.
 *
 * They are those of the routes, for whole layers and epochs: a request for
 * some filters or some epochs gets its part of them. tb_actmax/page makes them.
 */
import type { Alike, Images, Match, Relations, Series } from "./types";

export type Query = [name: string, value: string][];
type Bodies = Map<string, Uint8Array<ArrayBuffer>>;

export const ANSWERS = "actmax-answers"; // id of the element that holds them

const NOT_HERE =
  "This page holds no comparison of these epochs; TensorBoard can make it.";

const element =
  typeof document === "undefined" ? null : document.getElementById(ANSWERS);

/** Answers requests from the page; `null` in TensorBoard. */
export const embedded = element ? answering(element.textContent) : null;

/** Returns a function that answers requests from packed answers. */
export function answering(
  answers: string,
): (route: string, query: Query) => Promise<Response> {
  const bodies = unpack(answers);
  return async (route, query) => answer(await bodies, route, query);
}

async function unpack(answers: string): Promise<Bodies> {
  const bytes = Uint8Array.from(atob(answers), (c) => c.charCodeAt(0));
  const unzipped = new Blob([bytes])
    .stream()
    .pipeThrough(new DecompressionStream("gzip"));
  const buffer = await new Response(unzipped).arrayBuffer();
  const [places, start] = readHead<Record<string, [number, number]>>(
    new Uint8Array(buffer),
  );
  return new Map(
    Object.entries(places).map(([name, [offset, size]]) => [
      name,
      new Uint8Array(buffer, start + offset, size),
    ]),
  );
}

/** Reads a length, and JSON of that length; also returns where it ends. */
function readHead<T>(bytes: Uint8Array<ArrayBuffer>): [T, number] {
  const { buffer, byteOffset } = bytes;
  const length = new DataView(buffer, byteOffset).getUint32(0, true);
  const text = new TextDecoder().decode(bytes.subarray(4, 4 + length));
  return [JSON.parse(text) as T, 4 + length];
}

/** The name of a request, as tb_actmax/page/answers.py makes it. */
function nameOf(route: string, query: Query): string {
  const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  const sorted = [...query].sort(
    (a, b) => order(a[0], b[0]) || order(a[1], b[1]),
  );
  return JSON.stringify([route, ...sorted]);
}

function json(value: object): Response {
  return new Response(JSON.stringify(value));
}

function parse<T>(body: Uint8Array<ArrayBuffer>): T {
  return JSON.parse(new TextDecoder().decode(body)) as T;
}

function answer(bodies: Bodies, route: string, query: Query): Response {
  const whole = bodies.get(nameOf(route, query));
  if (whole) return new Response(whole);
  const layer = query.filter(([name]) => name === "run" || name === "tag");
  const steps = query.flatMap(([name, value]) =>
    name === "step" ? [Number(value)] : [],
  );
  if (route === "images") {
    const keys = query.flatMap(([name, key]) => (name === "key" ? [key] : []));
    return images(bodies, layer, steps, new Set(keys));
  }
  if (route === "overview") return overview(bodies, query);
  if (route === "series") return json(series(bodies, layer, steps));
  if (route === "match" || route === "alike") {
    return json(compared(bodies, route, query));
  }
  if (route === "relations") return json(NO_RELATIONS);
  return new Response("This page does not hold that.", { status: 404 });
}

interface Sent extends Omit<Images, "events"> {
  events: {
    header: { filters: { key: string }[] };
    images: { key: string; offset?: number }[];
    extra: { offset?: number }[];
  }[];
}

/** Joins the answers of some epochs, with the images of some filters. */
function images(
  bodies: Bodies,
  layer: Query,
  steps: number[],
  keys: Set<string>,
): Response {
  const joined: Sent = { events: [], missing: [], left: [], errors: [] };
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let offset = 0;
  const wanted = ({ key }: { key: string }) => !keys.size || keys.has(key);
  for (const step of steps) {
    const query: Query = [...layer, ["step", String(step)], ["extra", "1"]];
    const body = bodies.get(nameOf("images", query));
    if (!body) {
      joined.missing.push(step);
      continue;
    }
    const [sent, start] = readHead<Sent>(body);
    const moved = <P extends { offset?: number }>(placed: P): P =>
      placed.offset === undefined
        ? placed
        : { ...placed, offset: placed.offset + offset };
    joined.errors.push(...sent.errors);
    for (const event of sent.events) {
      const { header } = event;
      joined.events.push({
        ...event,
        header: { ...header, filters: header.filters.filter(wanted) },
        images: event.images.filter(wanted).map(moved),
        extra: event.extra.map(moved),
      });
    }
    parts.push(body.subarray(start));
    offset += body.length - start;
  }
  return packed(joined, parts);
}

/** Packs JSON and images as the routes do. */
function packed(about: object, images: Uint8Array<ArrayBuffer>[]): Response {
  const text = new TextEncoder().encode(JSON.stringify(about));
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, text.length, true);
  return new Response(new Blob([length, text, ...images]));
}

/** Joins the answers about some layers; the page holds them without images. */
function overview(bodies: Bodies, query: Query): Response {
  const cells = query.filter(([name]) => name === "cell");
  const joined = cells.map((cell) => {
    const body = bodies.get(nameOf("overview", [cell, ["images", "0"]]));
    if (body) return readHead<{ cells: object[] }>(body)[0].cells[0];
    const [run, tag, step] = JSON.parse(cell[1]) as unknown[];
    return { run, tag, step, error: "This page does not hold this step." };
  });
  return packed({ cells: joined, left: 0 }, []);
}

/** Returns the measures of a layer at some epochs, or at all. */
function series(bodies: Bodies, layer: Query, steps: number[]): Series {
  const all = [...bodies]
    .filter(([name]) => isOf(name, "series", layer))
    .map(([, body]) => parse<Series>(body));
  const first = all.find(
    ({ epochs }) => !steps.length || epochs.some((at) => steps.includes(at)),
  );
  const asked = (at: number) => !steps.length || steps.includes(at);
  const logged = new Set(all.flatMap(({ epochs }) => epochs));
  const from = first ?? all[0] ?? NO_SERIES;
  const places = from.epochs.flatMap((at, i) => (asked(at) ? [i] : []));
  const pick = <T>(row: T[]): T[] => places.map((i) => row[i] as T);
  const epochs = pick(from.epochs);
  return {
    ...from,
    epochs,
    wall_times: pick(from.wall_times),
    layer: pick(from.layer),
    status: from.status.map(pick),
    values: Object.fromEntries(
      Object.entries(from.values).map(([name, rows]) => [name, rows.map(pick)]),
    ),
    missing: steps.filter((at) => !logged.has(at)),
    left: [...logged].filter((at) => asked(at) && !epochs.includes(at)),
    errors: all.flatMap(({ errors }) => errors),
  };
}

/** What is known of a layer before anything is. */
export const NO_SERIES: Series = {
  epochs: [],
  wall_times: [],
  keys: [],
  filters: [],
  values: {},
  status: [],
  layer: [],
  missing: [],
  left: [],
  errors: [],
};

const NO_MATCH: Match = {
  pairs: [],
  nearest: [],
  other_nearest: [],
  cka: null,
  reason: NOT_HERE,
};

const NO_RELATIONS: Relations = {
  keys: [],
  groups: [],
  nearest: [],
  r: [],
  x: [],
  y: [],
  reason: NOT_HERE,
};

/** Whether an answer is one of a route about a layer. */
function isOf(name: string, route: string, layer: Query): boolean {
  const [found, ...query] = JSON.parse(name) as [string, ...Query];
  return (
    found === route &&
    layer.every(([name, value]) =>
      query.some(([other, of]) => other === name && of === value),
    )
  );
}

/** A comparison that the page holds the other way round, or none. */
function compared(bodies: Bodies, route: string, query: Query): Match | Alike {
  const turned = query.map(([name, value]): [string, string] => [
    name.startsWith("other_") ? name.slice(6) : `other_${name}`,
    value,
  ]);
  const body = bodies.get(nameOf(route, turned));
  if (route === "alike") {
    if (body) return parse<Alike>(body);
    return { epochs: [], cka: [], r: [], reason: NOT_HERE };
  }
  if (!body) return NO_MATCH;
  const found = parse<Match>(body);
  return {
    ...found,
    pairs: found.pairs.map(({ key, other, r }) => ({
      key: other,
      other: key,
      r,
    })),
    nearest: found.other_nearest,
    other_nearest: found.nearest,
  };
}
