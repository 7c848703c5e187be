import { expect, test } from "vitest";
import { decodeCells, decodeImages } from "./decode_images";
import { answering, type Query } from "./embedded";
import type { Alike, Match, Relations, Series } from "./types";

type Bytes = Uint8Array<ArrayBuffer>;

function bytesOf(value: object): Bytes {
  return new TextEncoder().encode(JSON.stringify(value));
}

function joined(parts: Bytes[]): Bytes {
  const found = new Uint8Array(parts.reduce((n, { length }) => n + length, 0));
  let offset = 0;
  for (const part of parts) {
    found.set(part, offset);
    offset += part.length;
  }
  return found;
}

function withHead(value: object, ...bodies: Bytes[]): Bytes {
  const text = bytesOf(value);
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, text.length, true);
  return joined([length, text, ...bodies]);
}

/** Packs answers as tb_actmax/page does. */
async function packed(answers: [string, Query, object][]): Promise<string> {
  let offset = 0;
  const places: Record<string, [number, number]> = {};
  const bodies = answers.map(([route, query, body]) => {
    const bytes = body instanceof Uint8Array ? (body as Bytes) : bytesOf(body);
    const name = JSON.stringify([route, ...query.sort()]);
    places[name] = [offset, bytes.length];
    offset += bytes.length;
    return bytes;
  });
  const stream = new Blob([withHead(places, ...bodies)])
    .stream()
    .pipeThrough(new CompressionStream("gzip"));
  const zipped = await new Response(stream).arrayBuffer();
  return btoa(String.fromCharCode(...new Uint8Array(zipped)));
}

const LAYER: Query = [
  ["run", "a"],
  ["tag", "conv1"],
];

function imagesAt(step: number): [string, Query, Bytes] {
  const header = { mime: "image/png", filters: [{ key: "0" }, { key: "7" }] };
  const event = {
    step,
    wall_time: step,
    header,
    images: [
      { key: "0", offset: 0, size: 2 },
      { key: "7", offset: 2, size: 3 },
    ],
    extra: [{ offset: 5, size: 1 }, { error: "damaged" }],
  };
  const answer = { events: [event], missing: [], left: [], errors: [] };
  const bytes = new Uint8Array([step, 1, step, 2, 3, 9]);
  return [
    "images",
    [["extra", "1"], ...LAYER, ["step", String(step)]],
    withHead(answer, bytes),
  ];
}

const SERIES: Series = {
  epochs: [0, 3],
  wall_times: [1, 2],
  keys: ["0", "7"],
  filters: [0, 7],
  values: {
    score: [
      [1, 2],
      [3, null],
    ],
  },
  status: [
    ["ok", "ok"],
    ["dead", "ok"],
  ],
  layer: [{ height: 5 }, { height: 6 }],
  missing: [],
  left: [],
  errors: [],
};

const SIDES: Query = [
  ["other_run", "b"],
  ["other_step", "3"],
  ["other_tag", "conv1"],
  ["run", "a"],
  ["step", "0"],
  ["tag", "conv1"],
];
const MATCH = {
  pairs: [{ key: "0", other: "7", r: 0.9 }],
  nearest: [
    { key: "0", other: "7", r: 0.9 },
    { key: "1", other: "7", r: 0.6 },
  ],
  other_nearest: [{ key: "7", other: "0", r: 0.9 }],
  cka: 0.8,
  reason: null,
};

const get = answering(
  await packed([
    ["index", [], { runs: [] }],
    imagesAt(0),
    imagesAt(3),
    ["series", LAYER, SERIES],
    ["match", SIDES, MATCH],
  ]),
);

test("an answer is found whatever the order of the parameters", async () => {
  expect(await (await get("index", [])).json()).toEqual({ runs: [] });
  const found = await (await get("match", [...SIDES].reverse())).json();
  expect(found).toEqual(MATCH);
});

test("images of some filters and epochs are joined", async () => {
  const query: Query = [...LAYER, ["step", "0"], ["step", "3"], ["step", "9"]];
  const response = await get("images", [...query, ["key", "7"]]);
  const found = decodeImages(await response.arrayBuffer());
  expect(found.missing).toEqual([9]);
  expect(found.events.map(({ step }) => step)).toEqual([0, 3]);
  for (const { step, images, extra } of found.events) {
    expect([...images.keys()]).toEqual(["7"]);
    const image = images.get("7") as Blob;
    expect([...new Uint8Array(await image.arrayBuffer())]).toEqual([
      step,
      2,
      3,
    ]);
    expect((extra[0] as Blob).size).toBe(1);
    expect(extra[1]).toBe("damaged");
  }
});

test("measures are cut to the epochs that are asked for", async () => {
  const all = (await (await get("series", LAYER)).json()) as Series;
  expect(all).toEqual(SERIES);
  const query: Query = [...LAYER, ["step", "3"], ["step", "4"]];
  const one = (await (await get("series", query)).json()) as Series;
  expect(one.epochs).toEqual([3]);
  expect(one.values).toEqual({ score: [[2], [null]] });
  expect(one.status).toEqual([["ok"], ["ok"]]);
  expect(one.layer).toEqual([{ height: 6 }]);
  expect(one.missing).toEqual([4]);
  expect(one.left).toEqual([]);
});

test("measures in several answers are asked for one after the other", async () => {
  const later = { ...SERIES, epochs: [5, 6] };
  const both = answering(
    await packed([
      ["series", LAYER, SERIES],
      ["series", [...LAYER, ["step", "5"], ["step", "6"]], later],
    ]),
  );
  const query: Query = [...LAYER, ["step", "3"], ["step", "5"]];
  const first = (await (await both("series", query)).json()) as Series;
  expect([first.epochs, first.left]).toEqual([[3], [5]]);
  const rest: Query = [...LAYER, ["step", "5"]];
  const second = (await (await both("series", rest)).json()) as Series;
  expect([second.epochs, second.left]).toEqual([[5], []]);
});

test("a comparison is turned round", async () => {
  const turned = SIDES.map(([name, value]): [string, string] => [
    name.startsWith("other_") ? name.slice(6) : `other_${name}`,
    value,
  ]);
  const found = (await (await get("match", turned)).json()) as Match;
  expect(found.pairs).toEqual([{ key: "7", other: "0", r: 0.9 }]);
  expect(found.nearest).toEqual(MATCH.other_nearest);
  expect(found.other_nearest).toEqual(MATCH.nearest);
  expect(found.cka).toBe(0.8);
});

test("what the page does not hold has a reason", async () => {
  const other: Query = SIDES.map(([name, value]) => [
    name,
    name === "step" ? "1" : value,
  ]);
  const match = (await (await get("match", other)).json()) as Match;
  expect([match.pairs, match.nearest, match.other_nearest]).toEqual([
    [],
    [],
    [],
  ]);
  expect(match.reason).toContain("no comparison");
  const alike = (await (await get("alike", SIDES)).json()) as Alike;
  expect(alike.reason).toContain("no comparison");
  const at: Query = [...LAYER, ["step", "9"]];
  const alone = (await (await get("relations", at)).json()) as Relations;
  expect(alone.reason).toContain("no comparison");
  expect((await get("unknown", LAYER)).status).toBe(404);
});

test("the cells of the overview are joined, without images", async () => {
  const name = (step: number) => JSON.stringify(["a", "conv1", step]);
  const about = (step: number) => ({
    run: "a",
    tag: "conv1",
    step,
    error: null,
    counts: { logged: 2 },
    best: [{ key: "7", status: "ok", score: 1 }],
    event: { step, wall_time: 1, header: { filters: [] }, images: [] },
  });
  const ask = answering(
    await packed(
      [1, 2].map((step): [string, Query, Bytes] => [
        "overview",
        [
          ["cell", name(step)],
          ["images", "0"],
        ],
        withHead({ cells: [about(step)], left: 0 }),
      ]),
    ),
  );
  const query: Query = [2, 1, 9].map((step) => ["cell", name(step)]);
  const answer = await ask("overview", [...query, ["images", "6"]]);
  const { cells, left } = decodeCells(await answer.arrayBuffer());
  expect(left).toBe(0);
  expect(cells.map(({ step }) => step)).toEqual([2, 1, 9]);
  expect(cells[0]?.best).toEqual(about(2).best);
  expect(cells[0]?.event?.images.size).toBe(0);
  expect(cells[2]?.error).toContain("does not hold");
});
