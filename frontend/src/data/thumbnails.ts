/** The probe of a run: all its inputs, small, in one image. */
import { fetchThumbnails } from "../api/client";
import type { ThumbnailsHeader } from "../api/event_header";
import type { Run } from "../api/types";
import { loggedEpochs } from "./epochs";
import { answer, type LayerName } from "./store";

export interface Thumbnails {
  header: ThumbnailsHeader;
  picture: ImageBitmap;
}

async function load(run: string): Promise<Thumbnails | null> {
  const found = await fetchThumbnails(run);
  if (!found) return null;
  const picture = await createImageBitmap(found.image);
  return { header: found.header, picture };
}

/** Returns the thumbnails of a run; `null` while they load, or if there are none. */
export function thumbnails({ run, layers }: Run): Thumbnails | null {
  const [first] = layers;
  if (!first) return null;
  const names: LayerName[] = [[run, first.tag]];
  const bytesOf = (found: Thumbnails | null) =>
    found ? found.picture.width * found.picture.height * 4 : 0;
  // A rewritten training may have another probe.
  const began = loggedEpochs(run, first)?.wall_times[0];
  return answer("thumbnails", names, null, began, () => load(run), bytesOf)
    .value;
}
