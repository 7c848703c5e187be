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

/** Returns the names of matching custom properties. */
function names(of: RegExp): Set<string> {
  return new Set([...written.matchAll(of)].map((found) => found[1] ?? ""));
}

describe("the style sheets", () => {
  it("are all in the page's style sheet", () => {
    expect(Object.keys(sheets).length).toBeGreaterThan(1);
    for (const [name, text] of Object.entries(sheets)) {
      expect(text, name).toContain("{");
      expect(styles, name).toContain(text.trim());
    }
  });

  it("define every colour and size that they use", () => {
    const defined = names(/(--[\w-]+)\s*:/g);
    const set = Object.values(parts).join("\n");
    for (const name of names(/var\((--[\w-]+)\)/g)) {
      expect(defined.has(name) || set.includes(`"${name}"`), name).toBe(true);
    }
  });

  // Else the hidden texts in it, which are positioned, make the page scroll.
  it("position each element that scrolls", () => {
    const plain = written.replaceAll(/\/\*[^]*?\*\//g, "");
    const rules = [...plain.matchAll(/([^{}]+)\{([^{}]*)\}/g)].map(
      ([, selector = "", body = ""]) => ({ selector: selector.trim(), body }),
    );
    const positioned = new Set(
      rules
        .filter(({ body }) => /position: (?!static)/.test(body))
        .flatMap(({ selector }) => selector.split(/,\s*/)),
    );
    const scrolling = rules
      .filter(({ body }) => /overflow(-[xy])?: (auto|scroll)/.test(body))
      .flatMap(({ selector }) => selector.split(/,\s*/));
    expect(scrolling).toContain("main");
    expect(scrolling.filter((one) => !positioned.has(one))).toEqual([]);
  });

  it("define each colour for light and dark mode", () => {
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
