/** One filter on a page of its own. */
import { inspectedPlace } from "../../selection/inspected";
import { room } from "../../selection/room";
import { FilterImage } from "../../components/filter_image";

export function FilterPage() {
  const here = inspectedPlace();
  if (!here) return <p class="note">Select a filter in the view of a layer.</p>;
  const { width, height } = room.value;
  const size = Math.max(Math.min(width / 2, height - 60), 160);
  return <FilterImage {...here} filter={here.key} size={Math.floor(size)} />;
}
