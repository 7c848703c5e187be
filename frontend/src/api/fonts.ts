/** TensorBoard's own fonts, which its pages of plugins do not load. */

const LATIN =
  "U+0000-00FF, U+0131, U+0152-0153, U+02C6, U+02DA, U+02DC, U+2000-206F, U+2122, U+2212";
const FILES = {
  400: "oMMgfZMQthOryQo9n22dcuvvDin1pK8aKteLpeZ5c0A",
  500: "RxZJdnzeo3R5zSexge8UUZBw1xU1rKptJj_0jans920",
};

// In one expression, Vite would take "../" for an asset.
const here = import.meta.url;

/** Loads Roboto; without it, the page keeps the system's font. */
export function loadFonts(): void {
  if (typeof FontFace === "undefined") return;
  for (const [weight, file] of Object.entries(FILES)) {
    const url = new URL(`../../../../font-roboto/${file}.woff2`, here);
    const source = `url(${url.href}) format("woff2")`;
    const settings = { weight, unicodeRange: LATIN };
    const face = new FontFace("Roboto", source, settings);
    document.fonts.add(face);
    // Another TensorBoard may name its files otherwise.
    face.load().catch(() => document.fonts.delete(face));
  }
}
