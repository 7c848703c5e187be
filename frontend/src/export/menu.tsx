/** What can be saved, under one button. */
import { useState } from "preact/hooks";
import type { Place } from "../shape";
import { inUnit } from "../unit";
import { saveAnimation, saveImage, saveSheet, saveStrip } from "./save";

const ITEMS: [string, (here: Place) => Promise<void>][] = [
  ["Image", saveImage],
  ["Strip over epochs", saveStrip],
  ["Contact sheet of the layer", saveSheet],
  ["Animation of the filter", (here) => saveAnimation(here, false)],
  ["Animation of the layer", (here) => saveAnimation(here, true)],
];

export function SaveMenu({ here }: { here: Place }) {
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<string | null>(null);
  const run = async (save: (here: Place) => Promise<void>) => {
    setBusy(true);
    setFailed(null);
    try {
      await save(here);
    } catch (error) {
      setFailed(error instanceof Error ? error.message : String(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <details class="menu" data-testid="save">
      <summary class="button">{busy ? "Saving …" : "Save"}</summary>
      <ul>
        {ITEMS.map(([label, save]) => (
          <li key={label}>
            <button
              type="button"
              disabled={busy}
              onClick={() => void run(save)}
            >
              {inUnit(label)}
            </button>
          </li>
        ))}
        <li class="meta">PNG; each file says how it was made.</li>
      </ul>
      {failed && (
        <p class="warning" role="alert">
          Not saved: {failed}
        </p>
      )}
    </details>
  );
}
