/** Filters by classes: how many exemplars of each are of each class. */
import type { Series } from "../api/types";
import { showClass } from "../components/class_chip";
import { Matrix } from "../components/matrix";
import { Tile } from "../components/tile";
import { statusAt, valueAt } from "../data/measures";
import { className, isDead, shownClasses } from "../selection/shown_relations";
import { shownKeys, sortBlocked } from "../selection/order";
import { availableSpace } from "../selection/available_space";

interface Props {
  run: string;
  tag: string;
  at: number;
  series: Series;
}

const SIZE = { least: 44, most: 88 }; // pixels of a row
const WIDEST = 264; // pixels of a column
const TILE = 56; // pixels of an image beside the cells
const HEADERS = 128; // beside the cells
const FEW = 9; // exemplars of a filter, as the callback logs them

export function ClassTable({ run, tag, at, series }: Props) {
  const found = shownClasses.value;
  const blocked = sortBlocked("classes", series);
  if (blocked !== null) return <p class="note">{blocked}</p>;
  if (!found) return <p class="note">Reading the classes …</p>;
  const all = new Map(
    found.keys.map((key, i) => [
      key,
      isDead(key) ? [] : (found.classes[i] ?? []),
    ]),
  );
  const numbers = [...new Set([...all.values()].flat())].sort((a, b) => a - b);
  const keys = shownKeys.value;
  const fits =
    (availableSpace.value.width - HEADERS) / Math.max(numbers.length, 1) - 4;
  const width = Math.floor(Math.min(Math.max(fits, SIZE.least), WIDEST));
  const size = Math.min(width, SIZE.most);
  return (
    <Matrix
      label={`Classes of the exemplars of the filters of ${tag}`}
      corner="Filter / class"
      size={size}
      width={width}
      rows={keys.map((key, i) => ({
        id: key,
        header: (
          <span class="joined">
            <Tile
              run={run}
              tag={tag}
              epoch={at}
              filter={key}
              size={Math.min(size - 8, TILE)}
              status={statusAt(series, key, at)}
              score={valueAt(series, "score", key, at)}
              tabbable={i === 0}
            />
            {key}
          </span>
        ),
      }))}
      columns={numbers.map((number) => ({
        id: String(number),
        header: (
          <button
            type="button"
            class="epoch-head class-head"
            style={{ maxWidth: `${width + 4}px` }}
            title={`Filters about class ${className(number)}`}
            onClick={() => showClass({ name: className(number) })}
          >
            {className(number)}
          </button>
        ),
      }))}
      cell={(row, column) => {
        const own = all.get(keys[row] ?? "") ?? [];
        const count = own.filter((one) => one === numbers[column]).length;
        return (
          count > 0 && (
            <span
              class={count > FEW / 2 ? "class-cell most" : "class-cell"}
              style={{
                "--share": String(count / Math.max(own.length, FEW)),
                width: `${width}px`,
                height: `${size}px`,
              }}
            >
              {count}
            </span>
          )
        );
      }}
    />
  );
}
