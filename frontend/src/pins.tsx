/** Filters of interest, at hand in every view. */
import { epoch, run } from "./logs";
import { state } from "./state";
import { TileButton } from "./tile_button";

function read(pin: string): [string, string] | null {
  try {
    const [tag, key] = JSON.parse(pin) as unknown[];
    return typeof tag === "string" && typeof key === "string"
      ? [tag, key]
      : null;
  } catch {
    return null;
  }
}

export function Pins() {
  const pins = state.value.pins.map(read).filter((pin) => pin !== null);
  const at = epoch.value;
  if (!pins.length || !run.value || at === null) return null;
  const name = run.value.run;
  return (
    <section class="pins" aria-label="Pinned filters">
      {pins.map(([tag, key]) => (
        <div key={`${tag} ${key}`}>
          <TileButton
            run={name}
            tag={tag}
            epoch={at}
            filter={key}
            size={56}
            status={null}
            score={null}
          />
          <span class="caption">
            {tag} {key}
          </span>
        </div>
      ))}
    </section>
  );
}
