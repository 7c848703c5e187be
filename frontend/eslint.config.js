import js from "@eslint/js";
import { createNodeResolver, importX } from "eslint-plugin-import-x";
import a11y from "eslint-plugin-jsx-a11y";
import ts from "typescript-eslint";

/** The rooms of src, from the top. Each may import those below it only. */
const FLOORS = [
  "views",
  "panels",
  "export", // panels offer it; it draws what components draw
  "components",
  "selection",
  "data",
  "render",
  "state",
  "api",
];

/** Everything above a floor: the rooms, and app.tsx and index.tsx. */
const above = (floor) => [
  "src/*.tsx",
  ...FLOORS.slice(0, floor).map((room) => `src/${room}/**`),
];

export default ts.config(
  js.configs.recommended,
  ts.configs.strict,
  a11y.flatConfigs.recommended,
  {
    files: ["src/**"],
    plugins: { "import-x": importX },
    settings: {
      "import-x/parsers": { "@typescript-eslint/parser": [".ts", ".tsx"] },
      "import-x/resolver-next": [
        createNodeResolver({ extensions: [".ts", ".tsx", ".css", ".js"] }),
      ],
    },
    rules: {
      "import-x/no-cycle": "error",
      "import-x/no-unresolved": "error",
    },
  },
  {
    // Tests may also import what stands in for a server and a page.
    files: ["src/**"],
    ignores: ["src/testing/**", "src/**/*.test.*"],
    rules: {
      "import-x/no-restricted-paths": [
        "error",
        {
          zones: [
            ...FLOORS.map((room, floor) => ({
              target: `src/${room}/**`,
              from: above(floor),
              message: `${room} lies below; move the shared part down.`,
            })),
            {
              target: "src/**",
              from: "src/testing/**",
              message: "Only tests import src/testing.",
            },
          ],
        },
      ],
    },
  },
);
