/** The loss of a run, from the scalars that Keras logged beside it. */
import { fetchScalar, fetchScalarTags, type Scalar } from "../api/client";
import type { Layer, Run } from "../api/types";
import { answer, type LayerName } from "./store";

export interface Loss extends Scalar {
  name: string;
}

const LOSS = "epoch_loss";

/** Returns the runs in the same folder: those of train and validation. */
function besideOf(run: string, all: string[]): string[] {
  const folder = run.slice(0, run.lastIndexOf("/") + 1);
  return all.filter(
    (one) => one.startsWith(folder) && !one.slice(folder.length).includes("/"),
  );
}

async function load(run: string): Promise<Loss[]> {
  const tags = await fetchScalarTags();
  const names = besideOf(run, Object.keys(tags)).filter(
    (name) => LOSS in (tags[name] ?? {}),
  );
  const found = await Promise.all(
    names.map(async (name) => {
      const scalar = await fetchScalar(name, LOSS);
      return (
        scalar && {
          name: name.slice(name.lastIndexOf("/") + 1),
          // Keras counts from 0: step 0 is the loss of the first epoch.
          steps: scalar.steps.map((step) => step + 1),
          values: scalar.values,
        }
      );
    }),
  );
  return found.filter((one) => one !== null);
}

/**
 * Returns the losses of a run by epoch; empty while they load, or if there are
 * none. They are fetched again when the layer gains an epoch.
 */
export function losses({ run }: Run, { tag, stamp }: Layer): Loss[] {
  const layers: LayerName[] = [[run, tag]];
  const bytesOf = (all: Loss[]) =>
    all.reduce((sum, { steps }) => sum + 16 * steps.length, 0);
  return (
    answer("loss", layers, null, stamp, () => load(run), bytesOf).value ?? []
  );
}
