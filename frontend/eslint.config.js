import js from "@eslint/js";
import a11y from "eslint-plugin-jsx-a11y";
import ts from "typescript-eslint";

export default ts.config(
  js.configs.recommended,
  ts.configs.strict,
  a11y.flatConfigs.recommended,
);
