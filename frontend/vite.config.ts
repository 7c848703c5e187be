import { defineConfig } from "vite";

export default defineConfig({
  base: "./",
  esbuild: false,
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
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
