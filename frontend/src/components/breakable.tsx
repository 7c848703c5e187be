/** A long name, which breaks between its words where it has to. */
import { Fragment } from "preact";

export function Breakable({ text }: { text: string }) {
  const parts = text.split(/(?<=[-/\\_.])(?=[^-/\\_.])/);
  return (
    <>
      {parts.map((part, i) => (
        <Fragment key={i}>
          {i > 0 && <wbr />}
          {part}
        </Fragment>
      ))}
    </>
  );
}
