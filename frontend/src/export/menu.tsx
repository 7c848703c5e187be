/** The menu of files to save. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Place } from "../state/schema";
import { inUnit } from "../selection/step_unit";
import { saveAnimation, saveImage, saveSheet, saveStrip } from "./save";

const ITEMS: [string, (here: Place) => Promise<void>][] = [
  ["Image", saveImage],
  ["Strip over epochs", saveStrip],
  ["Contact sheet of the layer", saveSheet],
  ["Animation of the filter", (here) => saveAnimation(here, false)],
  ["Animation of the layer", (here) => saveAnimation(here, true)],
];

/** Closes a menu on Escape, or when the focus or a click goes elsewhere. */
function closeOutside(menu: { current: HTMLDetailsElement | null }) {
  const leave = ({ target }: Event) => {
    const open = menu.current;
    if (open && !open.contains(target as Node)) open.open = false;
  };
  // Before the shortcuts: Escape closes one thing at a time.
  const escape = (event: KeyboardEvent) => {
    const open = menu.current;
    if (event.key !== "Escape" || !open?.open) return;
    event.stopPropagation();
    open.open = false;
    open.querySelector("summary")?.focus();
  };
  document.addEventListener("pointerdown", leave);
  document.addEventListener("focusin", leave);
  document.addEventListener("keydown", escape);
  return () => {
    document.removeEventListener("pointerdown", leave);
    document.removeEventListener("focusin", leave);
    document.removeEventListener("keydown", escape);
  };
}

export function SaveMenu({ here }: { here: Place }) {
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<string | null>(null);
  const menu = useRef<HTMLDetailsElement>(null);
  useEffect(() => closeOutside(menu), []);
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
    <details class="menu" data-testid="save" ref={menu}>
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
        <li class="meta">PNG files with the settings in their metadata</li>
      </ul>
      {failed && (
        <p class="warning" role="alert">
          Not saved: {failed}
        </p>
      )}
    </details>
  );
}
