/** The settings of a filter's image: receptive field, range, steps. */
import type { EventHeader } from "../api/event_header";

export function FilterSettings({
  about,
}: {
  about: Partial<EventHeader> | undefined;
}) {
  const field = about?.receptive_field;
  return (
    <section>
      <h3>Settings</h3>
      <dl class="facts">
        <dt>Receptive field</dt>
        <dd>{field ? `${field.join(" × ")} px` : "the whole input"}</dd>
        {about?.value_range && (
          <>
            <dt>Black to white</dt>
            <dd>
              {about.value_range.map((v) => +v.toPrecision(3)).join(" to ")}
            </dd>
          </>
        )}
        {Object.entries(about?.settings ?? {}).map(([name, value]) => (
          <Fact key={name} name={name} value={value} />
        ))}
      </dl>
    </section>
  );
}

function Fact({ name, value }: { name: string; value: unknown }) {
  return (
    <>
      <dt>{name.replaceAll("_", " ")}</dt>
      <dd>
        {typeof value === "object" ? JSON.stringify(value) : String(value)}
      </dd>
    </>
  );
}
