/** The difference of two images. */
import { useEffect, useRef } from "preact/hooks";
import { drawCurves } from "../../render/signal_plot";
import { image } from "../../data/images";
import type { ImageState } from "../../data/image_state";
import { difference } from "../../render/difference";
import {
  hasManyChannels,
  isSignal,
  toCurves,
  toPicture,
} from "../../render/rendering";
import { part } from "../../state/state";
import type { Place } from "../../state/schema";
import { draw, appearanceOf } from "../../components/filter_image";
import { inks, SERIES } from "../../render/theme";

const channel = part("channel");

type Ready = Extract<ImageState, { kind: "ready" }>;

function ready({ run, tag, epoch, key }: Place): Ready | null {
  const found = image(run, tag, epoch, key).value;
  return found.kind === "ready" ? found : null;
}

/** Renders an image as the other views do. */
function shown(place: Place, found: Ready) {
  const appearance = appearanceOf(
    place.run,
    place.tag,
    place.epoch,
    found.header,
  );
  return isSignal(found.header)
    ? {
        curves: toCurves(found.pixels, found.header, appearance),
        picture: null,
      }
    : {
        curves: null,
        picture: toPicture(found.pixels, found.header, appearance),
      };
}

interface Props {
  a: Place;
  b: Place;
  size: number;
}

export function Difference({ a, b, size }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [first, second] = [ready(a), ready(b)];
  const one = first && shown(a, first);
  const two = second && shown(b, second);
  const fit =
    one !== null &&
    two !== null &&
    (one.curves
      ? two.curves !== null
      : one.picture.width === two.picture?.width &&
        one.picture.height === two.picture.height);
  useEffect(() => {
    const target = canvas.current;
    if (!target || !fit || !one || !two) return;
    if (one.picture && two.picture) {
      draw(target, difference(one.picture, two.picture));
    } else if (one.curves && two.curves) {
      target.width = target.height = size;
      const context = target.getContext("2d");
      const lines = [...one.curves.lines, ...two.curves.lines];
      const low = Math.min(one.curves.low, two.curves.low);
      const high = Math.max(one.curves.high, two.curves.high);
      if (context)
        drawCurves(context, { lines, low, high }, size, size, inks());
    }
  });
  if (first && second && !fit) {
    return (
      <p class="note">The images differ in size, so they have no difference.</p>
    );
  }
  return (
    <canvas
      ref={canvas}
      class="crisp whole"
      aria-label={
        one?.curves
          ? "The curves of A and B over each other"
          : "Difference of A and B, grey where they agree"
      }
      role="img"
    />
  );
}

/** Explains the difference in words. */
export function Meaning({ a }: { a: Place }) {
  const found = ready(a);
  if (!found) return null;
  const { header } = found;
  if (isSignal(header)) {
    const { curves } = shown(a, found);
    return <Curves count={curves?.lines.length ?? 1} />;
  }
  const inColour = hasManyChannels(header)
    ? channel.value === ""
    : header.channels === 3;
  return (
    <p class="meta">
      {inColour
        ? "Grey where they agree; elsewhere, the colours that A has more of, and the opposite of those that B has more of."
        : "Grey where they agree, white where A is brighter, black where B is."}
    </p>
  );
}

/** Names the curves of A and B, so many of each. */
function Curves({ count }: { count: number }) {
  const names = ["A", "B"].flatMap((slot) =>
    Array.from({ length: count }, (_, i) =>
      count > 1 ? `${slot}, channel ${i}` : slot,
    ),
  );
  return (
    <>
      <p class="meta">The curves of A and B over each other.</p>
      <ul class="legend">
        {names.map((name, n) => (
          <li key={name}>
            <span
              class="swatch"
              style={{ background: SERIES[n % SERIES.length] }}
              aria-hidden="true"
            />
            {name}
          </li>
        ))}
      </ul>
    </>
  );
}
