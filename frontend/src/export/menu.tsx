/** The menu of files to save. */
import { useState } from "preact/hooks";
import { closeMenu, Menu } from "../components/menu";
import type { Pair } from "../selection/comparison";
import type { Place } from "../state/schema";
import { inUnit } from "../selection/step_unit";
import {
  saveAnimation,
  saveComparison,
  saveImage,
  saveLedger,
  saveSheet,
  saveStrip,
  type LayerAt,
  type LedgerFigure,
} from "./save";
import { choose, FORMATS, options, SCALES, type Format } from "./options";

type Item = [label: string, save: () => Promise<void>];

const SHEET = "Contact sheet of the layer";

function itemsOf({ here, layer, pair, ledger }: Props): Item[] {
  if (ledger) return [["Filters in bands", () => saveLedger(ledger)]];
  if (pair) {
    return [
      ["Comparison", () => saveComparison(pair)],
      ["Image A", () => saveImage(pair.a)],
      ["Image B", () => saveImage(pair.b)],
    ];
  }
  if (layer) return [[SHEET, () => saveSheet(layer)]];
  if (!here) return [];
  return [
    ["Image", () => saveImage(here)],
    ["Strip over epochs", () => saveStrip(here)],
    [SHEET, () => saveSheet(here)],
    ["Animation of the filter", () => saveAnimation(here, false)],
    ["Animation of the layer", () => saveAnimation(here, true)],
  ];
}

/** Chooses the format, the scale, and what stands beside the images. */
function OptionFields() {
  const { format, scale, captions, patches } = options.value;
  return (
    <div class="display">
      <label>
        Format
        <select
          value={format}
          onChange={({ currentTarget: { value } }) =>
            choose({ format: value as Format })
          }
        >
          {(Object.keys(FORMATS) as Format[]).map((name) => (
            <option key={name} value={name}>
              {FORMATS[name]}
            </option>
          ))}
        </select>
      </label>
      {format === "png" && (
        <label title="At scale 1, an image alone has its own pixels">
          Scale
          <select
            value={scale ?? ""}
            onChange={({ currentTarget: { value } }) =>
              choose({ scale: value === "" ? null : Number(value) })
            }
          >
            <option value="">Large enough to print</option>
            {SCALES.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
        </label>
      )}
      <label class="check">
        <input
          type="checkbox"
          checked={captions}
          onChange={({ currentTarget }) =>
            choose({ captions: currentTarget.checked })
          }
        />
        Captions
      </label>
      <label class="check" title="The real inputs that excite the filter most">
        <input
          type="checkbox"
          checked={patches}
          onChange={({ currentTarget }) =>
            choose({ patches: currentTarget.checked })
          }
        />
        Patches of real inputs
      </label>
    </div>
  );
}

interface Props {
  /** The image that is saved, with what belongs to it. */
  here?: Place;
  /** The layer whose filters are saved, while none is selected. */
  layer?: LayerAt;
  /** Two images that are compared, if any. */
  pair?: Pair | null;
  /** What differs between two runs, if that is shown. */
  ledger?: LedgerFigure | null;
}

export function SaveMenu(props: Props) {
  const [said, setSaid] = useState("Save");
  const [failed, setFailed] = useState<string | null>(null);
  const busy = said === "Saving …";
  const run = async (save: () => Promise<void>, button: Element) => {
    setSaid("Saving …");
    setFailed(null);
    try {
      await save();
      closeMenu(button);
      setSaid("Saved");
      setTimeout(() => setSaid("Save"), 2000);
    } catch (error) {
      setFailed(error instanceof Error ? error.message : String(error));
      setSaid("Save");
    }
  };
  return (
    <Menu label={said} name="save">
      <OptionFields />
      <ul>
        {itemsOf(props).map(([label, save]) => (
          <li key={label}>
            <button
              type="button"
              disabled={busy}
              onClick={(event) => void run(save, event.currentTarget)}
            >
              {inUnit(label)}
            </button>
          </li>
        ))}
        <li class="meta">
          {options.value.format === "svg" && props.here
            ? "Animations are PNG files. Each file records how it was made."
            : "Each file records how it was made."}
        </li>
      </ul>
      {failed && (
        <p class="warning" role="alert">
          Not saved: {failed}
        </p>
      )}
    </Menu>
  );
}
