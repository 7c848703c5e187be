/** A name that is cut in its middle where it is too long. */

const SHORT = 16; // letters of a name that is never cut
const END = 11; // letters that stay at the end, where names differ

export function Middle({ text }: { text: string }) {
  if (text.length <= SHORT) return <>{text}</>;
  return (
    <span class="middle">
      <span>{text.slice(0, -END)}</span>
      <span>{text.slice(-END)}</span>
    </span>
  );
}
