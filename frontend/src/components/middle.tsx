/** A name that is cut in its middle where it is too long. */

const SHORT = 8; // letters of a name that is never cut in its middle
const END = 11; // most letters that stay at the end, where names differ

export function Middle({ text }: { text: string }) {
  if (text.length <= SHORT) return <>{text}</>;
  const end = Math.min(END, Math.floor(text.length / 2));
  return (
    <span class="middle">
      <span>{text.slice(0, -end)}</span>
      <span>
        <bdi dir="ltr">{text.slice(-end)}</bdi>
      </span>
    </span>
  );
}
