/** What drawings use of a canvas, so that other papers can take its place. */
export type Pen = Pick<
  OffscreenCanvasRenderingContext2D,
  | "beginPath"
  | "drawImage"
  | "fillRect"
  | "fillStyle"
  | "fillText"
  | "font"
  | "imageSmoothingEnabled"
  | "lineJoin"
  | "lineTo"
  | "lineWidth"
  | "moveTo"
  | "restore"
  | "save"
  | "stroke"
  | "strokeRect"
  | "strokeStyle"
  | "textAlign"
  | "textBaseline"
  | "translate"
>;
