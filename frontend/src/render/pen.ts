/** The part of a canvas that drawings use; `SvgPen` implements it as well. */
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
