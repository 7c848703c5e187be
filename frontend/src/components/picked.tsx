/** A list whose choice is cut in its middle; a list alone cuts its end. */
import type { ComponentChildren } from "preact";
import { Middle } from "./middle";

interface Props {
  /** The words of the choice. */
  shown: string;
  /** The list. */
  children: ComponentChildren;
}

export function Picked({ shown, children }: Props) {
  return (
    <span class="picked">
      <span class="picked-text" aria-hidden="true">
        <span>
          <Middle text={shown} />
        </span>
      </span>
      {children}
    </span>
  );
}
