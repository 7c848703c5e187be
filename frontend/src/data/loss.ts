/** The loss of a run, from the scalars that Keras logged beside it. */
import { signal, type Signal } from "@preact/signals";
import { fetchScalar, fetchScalarTags, type Scalar } from "../api/client";

export interface Loss extends Scalar {
  name: string;
}

const LOSS = "epoch_loss";

let tags: Promise<Record<string, object>> | undefined;
const known = new Map<string, Signal<Loss[]>>();

/** The runs of one training beside that of its images: train, validation. */
function beside(run: string, all: string[]): string[] {
  const folder = run.slice(0, run.lastIndexOf("/") + 1);
  return all.filter(
    (one) => one.startsWith(folder) && !one.slice(folder.length).includes("/"),
  );
}

async function load(run: string): Promise<Loss[]> {
  tags ??= fetchScalarTags();
  const all = await tags;
  const names = beside(run, Object.keys(all)).filter(
    (one) => LOSS in (all[one] ?? {}),
  );
  const found = await Promise.all(
    names.map(async (name) => {
      const scalar = await fetchScalar(name, LOSS);
      const short = name.slice(name.lastIndexOf("/") + 1);
      // Keras counts from 0: step 0 is the loss of the first epoch.
      return (
        scalar && {
          name: short,
          steps: scalar.steps.map((step) => step + 1),
          values: scalar.values,
        }
      );
    }),
  );
  return found.filter((one) => one !== null);
}

/** The losses of a run by epoch; empty until, or unless, they are there. */
export function losses(run: string): Loss[] {
  let entry = known.get(run);
  if (!entry) {
    const made = signal<Loss[]>([]);
    known.set(run, (entry = made));
    load(run).then(
      (found) => (made.value = found),
      () => (tags = undefined), // TensorBoard did not answer: none is shown
    );
  }
  return entry.value;
}
