/** A button that copies a link to exactly what is shown. */
import { useState } from "preact/hooks";
import { linkTo } from "../api/host_page";
import { slots } from "../selection/comparison";
import { ledger } from "../selection/ledger";
import { epoch, layer, run } from "../selection/shown";
import type { State } from "../state/schema";
import { state } from "../state/state";
import { toParameters } from "../state/url";

/** Names what the view shows by default. */
function defaults(): Partial<State> {
  const own = {
    run: run.value?.run ?? state.value.run,
    layer: layer.value?.tag ?? state.value.layer,
    epoch: epoch.value,
  };
  if (state.value.view === "compare") return { ...own, ...slots() };
  const shown = state.value.view === "runs" ? ledger.value : null;
  if (!shown) return own;
  const { before, after, chosen } = shown;
  const [first, second] = chosen?.steps ?? [before.epoch, after.epoch];
  return {
    run: after.run.run,
    layer: chosen?.tag ?? state.value.layer,
    epoch: second,
    against: { run: before.run.run, epoch: first },
  };
}

/** Returns a link with all defaults: the newest epoch changes with the log. */
export function fullLink(): string {
  return linkTo(toParameters({ ...state.value, ...defaults() }));
}

export function CopyLink() {
  const [said, setSaid] = useState("Copy link");
  const [byHand, setByHand] = useState<string | null>(null);
  const copy = async () => {
    const link = fullLink();
    try {
      await navigator.clipboard.writeText(link);
      setSaid("Copied");
      setTimeout(() => setSaid("Copy link"), 2000);
    } catch {
      // A frame of another origin may not write to the clipboard.
      setByHand(link);
    }
  };
  return (
    <>
      <button type="button" data-testid="copy-link" onClick={() => void copy()}>
        {said}
      </button>
      {byHand !== null && (
        <input
          type="text"
          class="wide"
          aria-label="Link to this view"
          readOnly
          value={byHand}
          onFocus={(event) => event.currentTarget.select()}
        />
      )}
    </>
  );
}
