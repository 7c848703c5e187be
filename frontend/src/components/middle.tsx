/** A name that is cut in its middle where it is too long. */

const SHORT = 16; // letters of a name that is not cut, unless told
const END = 11; // letters that stay at the end, where names differ

interface Props {
  text: string;
  /** Letters of a name that is never cut. */
  short?: number;
}

export function Middle({ text, short = SHORT }: Props) {
  if (text.length <= short) return <>{text}</>;
  return (
    <span class="middle">
      <span>{text.slice(0, -END)}</span>
      <span>{text.slice(-END)}</span>
    </span>
  );
}
