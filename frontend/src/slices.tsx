/** Which slice of a volume is shown, and which channel of many. */
import { depthOf } from "./channels";
import { layer, shownSeries } from "./logs";
import { hasManyChannels, isSignal } from "./rendering";
import { state, update } from "./state";

interface Shape {
  depth: number;
  channels: number;
  signal: boolean;
}

/** What the images of the shown layer are, as far as it is known. */
export function shownShape(): Shape {
  const about = shownSeries.value?.layer.find((one) => one.channels);
  const channels = about?.channels ?? 1;
  return {
    depth: about ? depthOf(about) : 1,
    channels,
    signal: isSignal(about ?? {}),
  };
}

function sliceShown(depth: number): number {
  return Math.min(state.value.slice ?? Math.floor(depth / 2), depth - 1);
}

export function moveSlice(by: number): void {
  const { depth } = shownShape();
  if (depth < 2) return;
  const to = sliceShown(depth) + by;
  update({ slice: Math.min(Math.max(to, 0), depth - 1) });
}

/** Controls that only some layers need. */
export function ShapeOptions() {
  if (!layer.value) return null;
  const { depth, channels, signal } = shownShape();
  const many = signal ? channels > 1 : hasManyChannels({ channels });
  return (
    <>
      {depth > 1 && (
        <label>
          Slice
          <input
            type="range"
            data-testid="slice"
            min={0}
            max={depth - 1}
            value={sliceShown(depth)}
            aria-valuetext={`slice ${sliceShown(depth) + 1} of ${depth}`}
            onInput={(event) =>
              update({ slice: Number(event.currentTarget.value) })
            }
          />
          <span class="reading">
            {sliceShown(depth) + 1} of {depth}
          </span>
        </label>
      )}
      {many && (
        <label>
          Channels
          <select
            data-testid="channel"
            value={state.value.channel}
            onChange={(event) => update({ channel: event.currentTarget.value })}
          >
            <option value="">
              {signal ? `All ${channels}` : "Principal components"}
            </option>
            <option value="mean">Mean of {channels}</option>
            {Array.from({ length: channels }, (_, i) => (
              <option key={i} value={String(i)}>
                Channel {i}
              </option>
            ))}
          </select>
        </label>
      )}
    </>
  );
}
