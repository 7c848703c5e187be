/** The ledger as a figure to save. */
import type { LedgerFigure } from "../../export/save";
import { BANDS, counts, type Band } from "../../selection/bands";
import {
  type Compared,
  type Version,
  type Versions,
} from "../../selection/ledger";
import { stepUnit } from "../../selection/step_unit";
import { captionWithStatus } from "./change_card";

/** Returns the filters of a layer in their bands. */
export function figureOf(
  { tag, steps, bands }: Compared,
  { before, after }: Versions,
): LedgerFigure | null {
  if (!bands) return null;
  const place = ({ run }: Version, epoch: number, key: string) => ({
    run: run.run,
    tag,
    epoch,
    key,
  });
  const left = (key: string) => place(before, steps[0], key);
  const right = (key: string) => place(after, steps[1], key);
  const say = ({ run }: Version, step: number) =>
    `${run.label}, ${stepUnit.value.unit} ${step}`;
  return {
    titles: [
      `${tag}: ${say(before, steps[0])} → ${say(after, steps[1])}`,
      counts(bands),
    ],
    bands: (Object.keys(BANDS) as Band[])
      .filter((band) => bands[band].length)
      .map((band) => ({
        heading: `${BANDS[band]}: ${bands[band].length}`,
        items: bands[band].map((change) => ({
          places: [
            ...(change.before === null ? [] : [left(change.before)]),
            ...(change.after === null ? [] : [right(change.after)]),
          ],
          caption: captionWithStatus(change),
        })),
      })),
    before: left(""),
    after: right(""),
  };
}
