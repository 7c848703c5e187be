/** A part of the overview that is filled once it is near the window. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { whenQuiet } from "../../data/images";
import { ifInWindow, whenNear } from "../../components/when_near";

interface Props {
  height: number;
  children: preact.ComponentChildren;
}

/**
 * Reads what is in it once it is in the window, or near it while nothing else
 * is fetched.
 */
export function Near({ height, children }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [near, setNear] = useState(false);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const show = () => setNear(true);
    let stop = whenNear(element, show, 0);
    let gone = false;
    // An observer would tell only after the first painting.
    const forget = ifInWindow(element, () => {
      stop();
      show();
    });
    void whenQuiet().then(() => {
      if (gone) return;
      stop();
      stop = whenNear(element, show);
    });
    return () => {
      gone = true;
      forget();
      stop();
    };
  }, []);
  return (
    <div ref={box} style={{ minHeight: `${height}px` }}>
      {near && children}
    </div>
  );
}
