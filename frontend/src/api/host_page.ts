/**
 * The page of TensorBoard around the dashboard's frame: its URL, its dark mode.
 *
 * In a notebook that page may have another origin. It is then out of reach,
 * and the URL of the dashboard's own frame holds the state. So it does in a
 * page that holds the answers.
 */
import { embedded } from "./embedded";

const PREFIX = "p.actmax.";

function page(): Window {
  if (embedded) return window;
  try {
    void window.parent.location.hash;
    void window.parent.document.body;
    return window.parent;
  } catch {
    return window;
  }
}

/** Returns the dashboard's parameters in a hash, without their prefix. */
export function parseHash(hash: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const part of hash.replace(/^#/, "").split("&")) {
    const split = part.indexOf("=");
    if (split < 0 || !part.startsWith(PREFIX)) continue;
    try {
      const value = decodeURIComponent(part.slice(split + 1));
      found.set(part.slice(PREFIX.length, split), value);
    } catch {
      // A broken escape in a URL written by hand: ignored.
    }
  }
  return found;
}

/** Returns a hash with the dashboard's parameters replaced. */
export function formatHash(hash: string, values: Map<string, string>): string {
  const others = hash
    .replace(/^#/, "")
    .split("&")
    .filter((part) => part && !part.startsWith(PREFIX));
  const ours = [...values].map(
    ([name, value]) => `${PREFIX}${name}=${encodeURIComponent(value)}`,
  );
  return "#" + [...others, ...ours].join("&");
}

export function readUrl(): Map<string, string> {
  return parseHash(page().location.hash);
}

/** Writes the parameters to the URL if they differ; pushes them if asked. */
export function writeUrl(values: Map<string, string>, push: boolean): void {
  const { location, history } = page();
  const hash = formatHash(location.hash, values);
  if (hash === location.hash) return;
  try {
    if (push) history.pushState(history.state, "", hash);
    else history.replaceState(history.state, "", hash);
  } catch (error) {
    // The frame of a notebook's output may have no URL to change.
    if (!embedded) throw error;
  }
}

/** Returns the address of the page with some parameters. */
export function linkTo(values: Map<string, string>): string {
  const { location } = page();
  return location.href.split("#")[0] + formatHash(location.hash, values);
}

export function onUrlChange(changed: () => void): () => void {
  const target = page();
  target.addEventListener("hashchange", changed);
  target.addEventListener("popstate", changed);
  return () => {
    target.removeEventListener("hashchange", changed);
    target.removeEventListener("popstate", changed);
  };
}

/** Reports TensorBoard's dark mode, or the system's, and its changes. */
export function watchDarkMode(set: (dark: boolean) => void): () => void {
  const target = page();
  if (target === window) {
    const system = window.matchMedia("(prefers-color-scheme: dark)");
    const changed = () => set(system.matches);
    changed();
    system.addEventListener("change", changed);
    return () => system.removeEventListener("change", changed);
  }
  const { body } = target.document;
  const changed = () => set(body.classList.contains("dark-mode"));
  changed();
  const observer = new MutationObserver(changed);
  observer.observe(body, { attributes: true, attributeFilter: ["class"] });
  return () => observer.disconnect();
}
