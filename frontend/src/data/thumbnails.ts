/** The probe of a run: all its inputs, small, in one image. */
import { fetchThumbnails } from "../api/client";
import type { ThumbnailsHeader } from "../api/event_header";
import type { Run } from "../api/types";
import { loggedEpochs } from "./epochs";
import { Answer, obtain, type LayerName } from "./store";

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

/** The thumbnails of a run; `null` until, or unless, they are there. */
export function thumbnails({ run, layers }: Run): Thumbnails | null {
  const [first] = layers;
  if (!first) return null;
  const names: LayerName[] = [[run, first.tag]];
  const make = () => new Answer<Thumbnails | null>();
  const entry = obtain("thumbnails", names, null, make);
  const bytesOf = (found: Thumbnails | null) =>
    found ? found.picture.width * found.picture.height * 4 : 0;
  const began = loggedEpochs(run, first)?.wall_times[0];
  if (began === undefined) return null;
  // A training that is written anew has another probe.
  entry.ask(began, () => load(run), bytesOf);
  return entry.value.value;
}
