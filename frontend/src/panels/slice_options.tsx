/** Selects the slice of a volume and the channel of many. */
import { useEffect } from "preact/hooks";
import { Icon } from "../components/icons";
import { layer } from "../selection/shown";
import { hasManyChannels } from "../render/rendering";
import { keepSlicing, slicing, toggleSlicing } from "../selection/slice_player";
import { shownShape, sliceShown } from "../selection/slices";
import { part, update } from "../state/state";

const channel = part("channel");

/** Shown only for volumes. */
export function SlicePlayer() {
  useEffect(keepSlicing, []);
  if (!layer.value) return null;
  const { depth } = shownShape();
  if (depth < 2) return null;
  const play = slicing.value ? "Pause the slices" : "Play through slices";
  return (
    <span class="joined">
      <button
        type="button"
        class="icon"
        aria-label={play}
        title={`${play} (v)`}
        onClick={toggleSlicing}
      >
        <Icon name={slicing.value ? "pause" : "play"} />
      </button>
      <label>
        Slice
        <input
          type="range"
          class="short"
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
    </span>
  );
}

/** Shown only where there are more channels than a picture shows. */
export function ChannelChoice() {
  if (!layer.value) return null;
  const { channels, signal } = shownShape();
  const many = signal ? channels > 1 : hasManyChannels({ channels });
  if (!many) return null;
  return (
    <label>
      Channels
      <select
        data-testid="channel"
        value={channel.value}
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
  );
}
