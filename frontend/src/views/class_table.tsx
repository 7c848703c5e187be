/** Filters by classes: how many exemplars of each are of each class. */
import type { Series } from "../api/types";
import { showClass } from "../components/class_chip";
import { Matrix } from "../components/matrix";
import { Tile } from "../components/tile";
import { statusAt, valueAt } from "../data/measures";
import { className, isDead, shownClasses } from "../selection/shown_relations";
import { shownKeys, sortBlocked } from "../selection/order";
import { availableSpace, type Size } from "../selection/available_space";

interface Props {
  run: string;
  tag: string;
  at: number;
  series: Series;
}

const GAP = 4; // pixels between cells, as in the table
const ROW = { least: 56, most: 88 }; // pixels
const COLUMN = { least: 44, most: 264 };
const BESIDE = 84; // least pixels of a column with filters and their numbers
const TILE = 56; // pixels of an image beside the cells
const HEADERS = 128; // beside the cells
const ABOVE = 72; // above them: the summary and the names of the classes
const FEW = 9; // exemplars of a filter, as the callback logs them

interface Layout {
  /** Tables beside each other, each with the next filters. */
  tables: number;
  /** Rows of each. */
  lines: number;
  /** Pixels of a cell. */
  width: number;
  height: number;
}

/** Returns as many tables as have room, if one does not show all filters. */
export function layOut(filters: number, classes: number, space: Size): Layout {
  const inside = space.height - ABOVE;
  const most = Math.max(Math.floor(inside / (ROW.least + GAP)), 1);
  // Behind the first table, filters are in a column.
  const widthOf = (tables: number) =>
    (space.width - HEADERS) / Math.max(tables * (classes + 1) - 1, 1) - GAP;
  let tables = 1;
  while (tables * most < filters && widthOf(tables + 1) >= BESIDE) tables++;
  const lines = Math.ceil(filters / tables);
  const clamp = (pixels: number, { least, most }: typeof ROW) =>
    Math.floor(Math.min(Math.max(pixels, least), most));
  const width = clamp(widthOf(tables), COLUMN);
  const height = clamp(inside / Math.max(lines, 1) - GAP, ROW);
  return { tables, lines, width, height: Math.min(width, height) };
}

/** The filters of a table behind the first one, or a class. */
interface Column {
  table: number;
  class: number | null;
}

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
  const { tables, lines, width, height } = layOut(
    keys.length,
    numbers.length,
    availableSpace.value,
  );
  const columns = Array.from({ length: tables }, (_, table): Column[] => [
    ...(table ? [{ table, class: null }] : []),
    ...numbers.map((number) => ({ table, class: number })),
  ]).flat();
  const keyAt = (row: number, table: number) => keys[table * lines + row];
  const filter = (key: string | undefined, tabbable: boolean) =>
    key !== undefined && (
      <span class="joined">
        <Tile
          run={run}
          tag={tag}
          epoch={at}
          filter={key}
          size={Math.min(height - 8, TILE)}
          status={statusAt(series, key, at)}
          score={valueAt(series, "score", key, at)}
          tabbable={tabbable}
        />
        {key}
      </span>
    );
  return (
    <Matrix
      label={`Classes of the exemplars of the filters of ${tag}`}
      corner="Filter / class"
      size={height}
      width={width}
      rows={keys.slice(0, lines).map((key, i) => ({
        id: key,
        header: filter(key, i === 0),
      }))}
      columns={columns.map(({ table, class: number }) => ({
        id: `${table} ${number}`,
        header:
          number === null ? (
            "Filter"
          ) : (
            <button
              type="button"
              class="epoch-head class-head"
              style={{ maxWidth: `${width + GAP}px` }}
              title={`Filters about class ${className(number)}`}
              onClick={() => showClass({ name: className(number) })}
            >
              {className(number)}
            </button>
          ),
      }))}
      cell={(row, column) => {
        const { table = 0, class: number = null } = columns[column] ?? {};
        const key = keyAt(row, table);
        if (number === null) {
          return (
            <span
              class="class-filter"
              style={{ width: `${width}px`, height: `${height}px` }}
            >
              {filter(key, false)}
            </span>
          );
        }
        const own = all.get(key ?? "") ?? [];
        const count = own.filter((one) => one === number).length;
        return (
          count > 0 && (
            <span
              class={count > FEW / 2 ? "class-cell most" : "class-cell"}
              style={{
                "--share": String(count / Math.max(own.length, FEW)),
                width: `${width}px`,
                height: `${height}px`,
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
