import { expect, it, vi } from "vitest";
import type { Layer, Run } from "../api/types";
import { losses } from "./loss";

const run = { run: "losses/actmax" } as Run;
const layer = (stamp: string) => ({ tag: "conv", stamp }) as Layer;

it("has the losses of train and validation, again after each epoch", async () => {
  let logged = [[0, 0, 2.5]];
  const fetched = vi.fn((url: URL) => {
    const tags = {
      "losses/train": { epoch_loss: {} },
      "losses/validation": { epoch_loss: {} },
      "others/train": { epoch_loss: {} },
      "losses/actmax": {},
    };
    const answer = url.pathname.endsWith("tags") ? tags : logged;
    return Promise.resolve(new Response(JSON.stringify(answer)));
  });
  vi.stubGlobal("fetch", fetched);
  expect(losses(run, layer("1"))).toEqual([]);
  await vi.waitFor(() =>
    expect(losses(run, layer("1"))).toEqual([
      { name: "train", steps: [1], values: [2.5] },
      { name: "validation", steps: [1], values: [2.5] },
    ]),
  );
  expect(fetched).toHaveBeenCalledTimes(3);
  logged = [
    [0, 0, 2.5],
    [0, 1, 1.5],
  ];
  losses(run, layer("2"));
  await vi.waitFor(() =>
    expect(losses(run, layer("2"))[0]?.values).toEqual([2.5, 1.5]),
  );
});
