import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** The licences of what is bundled go with the bundle. */
const licences: Plugin = {
  name: "licences",
  generateBundle(_, bundle) {
    const bundled = new Set<string>();
    for (const file of Object.values(bundle)) {
      for (const id of file.type === "chunk" ? file.moduleIds : []) {
        const found = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(id);
        if (found?.[1]) bundled.add(found[1]);
      }
    }
    // A package without such a file ends the build, as it should.
    const texts = [...bundled].sort().map((name) => {
      const text = readFileSync(`node_modules/${name}/LICENSE`, "utf8").trim();
      return `${name}\n${"=".repeat(name.length)}\n\n${text}\n`;
    });
    this.emitFile({
      type: "asset",
      fileName: "LICENSES.txt",
      source: texts.join("\n\n"),
    });
  },
};

const LARGEST = 90 * 1024; // bytes of the bundle, gzipped

/** The tab opens at once: a bundle that has grown too large is no bundle. */
const size: Plugin = {
  name: "size",
  generateBundle(_, bundle) {
    const code = Object.values(bundle)
      .map((one) => (one.type === "chunk" ? one.code : ""))
      .join("");
    const bytes = gzipSync(code).length;
    if (bytes > LARGEST) {
      this.error(`The bundle has ${bytes} bytes gzipped; ${LARGEST} are kept.`);
    }
  },
};

export default defineConfig({
  base: "./",
  plugins: [licences, size],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  test: {
    environment: "happy-dom",
    css: true, // else a style sheet is an empty text
    pool: "threads",
    setupFiles: "src/testing/setup.ts",
  },
  build: {
    outDir: "../tb_actmax/plugin/static",
    emptyOutDir: true,
    modulePreload: false,
    rolldownOptions: {
      input: "src/index.tsx",
      preserveEntrySignatures: "strict",
      output: {
        entryFileNames: "index.js",
        chunkFileNames: "[name].js",
      },
    },
  },
});
