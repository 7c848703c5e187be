/** TensorBoard's dark mode, and the colours of canvases. */
import { signal } from "@preact/signals";
import { watchDarkMode } from "../api/host_page";

export const dark = signal(false);

export interface Inks {
  line: string;
  axis: string;
  text: string;
  paper: string;
}

/** Also those of saved figures, in dark mode too. */
export const LIGHT: Inks = {
  line: "#1976d2",
  axis: "#bdbdbd",
  text: "#616161",
  paper: "#ffffff",
};
const DARK: Inks = {
  line: "#64b5f6",
  axis: "#6b6b6b",
  text: "#c4c4c4",
  paper: "#252525",
};

/** TensorBoard's run colours that stand out in light and dark mode. */
export const SERIES = [
  "#1e88e5",
  "#f57c00",
  "#12b5cb",
  "#e52592",
  "#7cb342",
  "#9334e6",
  "#f9ab00",
];

export function inks(): Inks {
  return dark.value ? DARK : LIGHT;
}

/** Switches dark mode on and off with TensorBoard. */
export function followTheme(): () => void {
  return watchDarkMode((now) => {
    dark.value = now;
    document.documentElement.classList.toggle("dark", now);
  });
}
