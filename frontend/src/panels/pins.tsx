/** The pinned filters, shown in every view. */
import type { ComponentChildren } from "preact";
import { Icon } from "../components/icons";
import { epoch, run } from "../selection/shown";
import { missingPlace } from "../selection/missing";
import type { Place } from "../state/schema";
import { pins, readPin, togglePin } from "../state/state";
import { Middle } from "../components/middle";
import { Tile } from "../components/tile";

export function Pins() {
  const places = pins.value.map(readPin).filter((pin) => pin !== null);
  const at = epoch.value;
  if (!places.length || !run.value || at === null) return null;
  const name = run.value.run;
  return (
    <section class="pins" aria-label="Pinned filters">
      {places.map(([tag, key]) => (
        <Card key={`${tag} ${key}`} place={{ run: name, tag, epoch: at, key }}>
          <button
            type="button"
            class="icon plain small"
            aria-label={`Unpin ${tag}, filter ${key}`}
            title="Unpin"
            onClick={() => togglePin(tag, key)}
          >
            <Icon name="close" size={12} />
          </button>
        </Card>
      ))}
    </section>
  );
}

interface CardProps {
  place: Place;
  children: ComponentChildren;
}

/** A pinned filter, or why it is not logged. */
function Card({ place, children }: CardProps) {
  const { run: of, tag, epoch: at, key } = place;
  const problem = missingPlace(place);
  return (
    <div class={`pin-card${problem ? " missing" : ""}`}>
      {problem ? (
        <p class="meta" role="status">
          {problem}
        </p>
      ) : (
        <>
          <div class="pin-image">
            <Tile
              run={of}
              tag={tag}
              epoch={at}
              filter={key}
              size={48}
              status={null}
              score={null}
            />
            {children}
          </div>
          <span class="caption" aria-hidden="true" title={`${tag} ${key}`}>
            <Middle text={`${tag} ${key}`} />
          </span>
        </>
      )}
      {problem && children}
    </div>
  );
}
