/** All style sheets as one text, since TensorBoard serves the page no file. */
import base from "./base.css?inline";
import charts from "./charts.css?inline";
import compare from "./compare.css?inline";
import controls from "./controls.css?inline";
import filter from "./filter.css?inline";
import filterInputs from "./filter_inputs.css?inline";
import inspector from "./inspector.css?inline";
import relations from "./relations.css?inline";
import layout from "./layout.css?inline";
import ledger from "./ledger.css?inline";
import matrix from "./matrix.css?inline";
import overview from "./overview.css?inline";
import tiles from "./tiles.css?inline";

export const styles = [
  base,
  controls,
  layout,
  tiles,
  matrix,
  charts,
  inspector,
  filterInputs,
  compare,
  overview,
  filter,
  ledger,
  relations,
].join("\n");
