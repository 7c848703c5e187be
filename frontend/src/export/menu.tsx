/** The menu of files to save. */
import { useState } from "preact/hooks";
import { closeMenu, Menu } from "../components/menu";
import type { Pair } from "../selection/comparison";
import type { Place } from "../state/schema";
import { inUnit } from "../selection/step_unit";
import {
  saveAnimation,
  saveComparison,
  saveImage,
  saveSheet,
  saveStrip,
} from "./save";

type Item = [label: string, save: () => Promise<void>];

function itemsOf(here: Place, pair: Pair | null): Item[] {
  if (pair) {
    return [
      ["Comparison", () => saveComparison(pair)],
      ["Image A", () => saveImage(pair.a)],
      ["Image B", () => saveImage(pair.b)],
    ];
  }
  return [
    ["Image", () => saveImage(here)],
    ["Strip over epochs", () => saveStrip(here)],
    ["Contact sheet of the layer", () => saveSheet(here)],
    ["Animation of the filter", () => saveAnimation(here, false)],
    ["Animation of the layer", () => saveAnimation(here, true)],
  ];
}

interface Props {
  here: Place;
  /** Two images that are compared, if any. */
  pair?: Pair | null;
}

export function SaveMenu({ here, pair = null }: Props) {
  const [said, setSaid] = useState("Save");
  const [failed, setFailed] = useState<string | null>(null);
  const busy = said === "Saving …";
  const run = async (save: () => Promise<void>, button: Element) => {
    setSaid("Saving …");
    setFailed(null);
    try {
      await save();
      closeMenu(button);
      setSaid("Saved");
      setTimeout(() => setSaid("Save"), 2000);
    } catch (error) {
      setFailed(error instanceof Error ? error.message : String(error));
      setSaid("Save");
    }
  };
  return (
    <Menu label={said} name="save">
      <ul>
        {itemsOf(here, pair).map(([label, save]) => (
          <li key={label}>
            <button
              type="button"
              disabled={busy}
              onClick={(event) => void run(save, event.currentTarget)}
            >
              {inUnit(label)}
            </button>
          </li>
        ))}
        <li class="meta">PNG files with the settings in their metadata</li>
      </ul>
      {failed && (
        <p class="warning" role="alert">
          Not saved: {failed}
        </p>
      )}
    </Menu>
  );
}
