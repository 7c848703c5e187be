/**
 * Entry point. TensorBoard imports this module and calls `render`; in an
 * exported page, which embeds the answers, it calls `render` itself.
 */
import { render as show } from "preact";
import { embedded } from "./api/embedded";
import { App } from "./app";
import { loadFonts } from "./api/fonts";
import { styles } from "./styles";

export function render(): void {
  const style = document.createElement("style");
  style.textContent = styles;
  document.head.append(style);
  document.documentElement.lang = "en";
  if (!embedded) {
    document.title = "Activation Max";
    loadFonts();
  }
  const root = document.createElement("div");
  root.id = "actmax-root";
  document.body.append(root);
  show(<App />, root);
}

if (embedded) render();
