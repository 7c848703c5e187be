/** Filters of interest, at hand in every view. */
import { Icon } from "./icons";
import { epoch, run } from "./logs";
import { readPin, state, togglePin } from "./state";
import { TileButton } from "./tile_button";

export function Pins() {
  const pins = state.value.pins.map(readPin).filter((pin) => pin !== null);
  const at = epoch.value;
  if (!pins.length || !run.value || at === null) return null;
  const name = run.value.run;
  return (
    <section class="pins" aria-label="Pinned filters">
      {pins.map(([tag, key]) => (
        <div key={`${tag} ${key}`} class="pin-card">
          <TileButton
            run={name}
            tag={tag}
            epoch={at}
            filter={key}
            size={48}
            status={null}
            score={null}
            caption={`${tag} ${key}`}
          />
          <button
            type="button"
            class="icon plain small"
            aria-label={`Unpin ${tag}, filter ${key}`}
            title="Unpin"
            onClick={() => togglePin(tag, key)}
          >
            <Icon name="close" size={12} />
          </button>
        </div>
      ))}
    </section>
  );
}
