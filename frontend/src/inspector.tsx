/** One filter in detail. */
import { pageUrl } from "./host";
import { epoch, layer, run, shownSeries } from "./logs";
import { shownKeys } from "./filters";
import { Patches } from "./patches";
import { saveImage, saveSheet } from "./export";
import { Sparkline } from "./sparkline";
import { isPinned, state, togglePin, update, type Place } from "./state";
import { Picture } from "./tile";

/** Measures with a curve of their own, in this order, where logged. */
const CURVES: [string, string][] = [
  ["score", "Score"],
  ["data_max", "Data maximum"],
  ["share", "Share of positions above zero"],
  ["lift", "Lift"],
  ["lift_t", "Lift after transforms"],
  ["drift", "Change of the image"],
  ["steadiness", "Steadiness of the responses"],
];

const STATUS: Record<string, string> = {
  ok: "",
  dead: "Dead: the data never excites this filter.",
  weak: "Weak: the data hardly excites this filter.",
  flat: "Flat: no image was found that excites this filter.",
};

export function place(): Place | null {
  const key = state.value.filter;
  if (!run.value || !layer.value || epoch.value === null || key === null) {
    return null;
  }
  return { run: run.value.run, tag: layer.value.tag, epoch: epoch.value, key };
}

export function Inspector() {
  const here = place();
  const series = shownSeries.value;
  if (!here || !series) {
    return (
      <aside class="inspector" data-testid="inspector" aria-label="Inspector">
        <p class="note">Choose a filter to see it large.</p>
      </aside>
    );
  }
  const row = series.keys.indexOf(here.key);
  const column = series.epochs.indexOf(here.epoch);
  const status = series.status[row]?.[column] ?? null;
  const about = series.layer[column];
  const field = about?.receptive_field;
  return (
    <aside class="inspector" data-testid="inspector" aria-label="Inspector">
      <h2>
        {here.tag}, filter {here.key}
      </h2>
      <p class="meta">
        {run.value?.label} · epoch {here.epoch}
      </p>
      <Picture {...here} filter={here.key} size={218} />
      {status && STATUS[status] && <p class="warning">{STATUS[status]}</p>}
      <Patches here={here} />
      {CURVES.map(([name, label]) => {
        const values = series.values[name]?.[row];
        return values ? (
          <Sparkline
            key={name}
            label={label}
            epochs={series.epochs}
            values={values}
            current={here.epoch}
          />
        ) : null;
      })}
      <Actions here={here} />
      <h3>How it was made</h3>
      <dl class="facts">
        <dt>Receptive field</dt>
        <dd>{field ? `${field[0]} × ${field[1]} px` : "the whole image"}</dd>
        {Object.entries(about?.settings ?? {}).map(([name, value]) => (
          <Fact key={name} name={name} value={value} />
        ))}
      </dl>
    </aside>
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

function Actions({ here }: { here: Place }) {
  const label = run.value?.label ?? here.run;
  const { tag, key, epoch: at } = here;
  const strip = () =>
    saveSheet(
      (layer.value?.epochs ?? []).map((epoch) => ({
        place: { ...here, epoch },
        caption: `epoch ${epoch}`,
      })),
      12,
      `${label} · ${tag} · filter ${key}`,
      [label, tag, `filter-${key}`, "epochs"],
    );
  const sheet = () =>
    saveSheet(
      shownKeys.value.map((other) => ({
        place: { ...here, key: other },
        caption: other,
      })),
      8,
      `${label} · ${tag} · epoch ${at}`,
      [label, tag, `epoch-${at}`],
    );
  return (
    <div class="actions">
      <button
        type="button"
        aria-pressed={isPinned(tag, key)}
        onClick={() => togglePin(tag, key)}
      >
        {isPinned(tag, key) ? "★ Pinned" : "☆ Pin"}
      </button>
      <button type="button" onClick={() => update({ a: here })}>
        Set A
      </button>
      <button type="button" onClick={() => update({ b: here })}>
        Set B
      </button>
      <button type="button" onClick={() => void saveImage(here)}>
        Save image
      </button>
      <button type="button" onClick={() => void strip()}>
        Save strip
      </button>
      <button type="button" onClick={() => void sheet()}>
        Save sheet
      </button>
      <button
        type="button"
        onClick={() => void navigator.clipboard.writeText(pageUrl())}
      >
        Copy link
      </button>
    </div>
  );
}
