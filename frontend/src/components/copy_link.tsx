/** A button that copies a link to exactly what is shown. */
import { useState } from "preact/hooks";
import { linkTo } from "../api/host_page";
import { epoch, layer, run } from "../selection/shown";
import { state } from "../state/state";
import { toParameters } from "../state/url";

/** Returns a link with all defaults: the newest epoch changes with the log. */
export function fullLink(): string {
  const named = {
    run: run.value?.run ?? state.value.run,
    layer: layer.value?.tag ?? state.value.layer,
    epoch: epoch.value,
  };
  return linkTo(toParameters({ ...state.value, ...named }));
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
