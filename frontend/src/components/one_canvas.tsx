/** Draws the images of all tiles in it on one canvas. */
import { createContext, type ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { SharedCanvas } from "../render/shared_canvas";

/** What images are drawn on; `null`: each on a canvas of its own. */
export const Shared = createContext<SharedCanvas | null>(null);

/** The element around it has a position; the canvas covers what is seen of it. */
export function OneCanvas({ children }: { children: ComponentChildren }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [shared] = useState(() => new SharedCanvas());
  useLayoutEffect(
    () => (canvas.current ? shared.attach(canvas.current) : undefined),
    [],
  );
  useLayoutEffect(() => shared.redraw()); // tiles may have moved
  return (
    <>
      <div class="one-canvas" aria-hidden="true">
        <canvas ref={canvas} />
      </div>
      <Shared.Provider value={shared}>{children}</Shared.Provider>
    </>
  );
}
