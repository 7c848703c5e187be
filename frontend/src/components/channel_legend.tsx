/** Says which curve of a signal is which channel. */
import { SERIES } from "../render/theme";
import { shownShape } from "../selection/slices";
import { part } from "../state/state";

const channel = part("channel");

/** Shown where several curves differ in colour. */
export function ChannelLegend() {
  const { signal, channels } = shownShape();
  const several = channels > 1 && channels <= SERIES.length;
  if (!signal || !several || channel.value !== "") return null;
  return (
    <p class="meta channel-legend" data-testid="channel-legend">
      {SERIES.slice(0, channels).map((colour, i) => (
        <span key={colour}>
          <span class="swatch" style={{ background: colour }} /> channel {i}
        </span>
      ))}
    </p>
  );
}
