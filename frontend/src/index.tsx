/** Entry point: TensorBoard imports this module and calls `render`. */
import { render as show } from "preact";
import { App } from "./app";
import { styles } from "./styles";

export function render(): void {
  const style = document.createElement("style");
  style.textContent = styles;
  document.head.append(style);
  document.documentElement.lang = "en";
  document.title = "Activation Max";
  const root = document.createElement("div");
  root.id = "actmax-root";
  document.body.append(root);
  show(<App />, root);
}
