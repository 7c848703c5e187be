/// <reference types="vite/client" />
import { describe, expect, it } from "vitest";
import { styles } from ".";

const sheets = import.meta.glob<string>("./*.css", {
  query: "?raw",
  import: "default",
  eager: true,
});
const parts = import.meta.glob<string>("../**/*.tsx", {
  query: "?raw",
  import: "default",
  eager: true,
});
const written = Object.values(sheets).join("\n");

/** Names of custom properties that match. */
function names(of: RegExp): Set<string> {
  return new Set([...written.matchAll(of)].map((found) => found[1] ?? ""));
}

describe("the style sheets", () => {
  it("are all in the one that the page gets", () => {
    expect(Object.keys(sheets).length).toBeGreaterThan(1);
    for (const [name, text] of Object.entries(sheets)) {
      expect(text, name).toContain("{");
      expect(styles, name).toContain(text.trim());
    }
  });

  it("use no colour or size that none of them defines", () => {
    const defined = names(/(--[\w-]+)\s*:/g);
    const set = Object.values(parts).join("\n");
    for (const name of names(/var\((--[\w-]+)\)/g)) {
      expect(defined.has(name) || set.includes(`"${name}"`), name).toBe(true);
    }
  });

  it("give each colour in the dark that they give in the light", () => {
    const colours = (selector: string) => {
      const block = new RegExp(`${selector} \\{([^}]*)\\}`).exec(written)?.[1];
      return new Set(
        [...(block ?? "").matchAll(/(--[\w-]+):\s*(?:#|rgb)/g)].map(
          (found) => found[1],
        ),
      );
    };
    expect(colours(":root\\.dark")).toEqual(colours(":root"));
  });
});
