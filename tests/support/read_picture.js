// Reads the pixels of a canvas, or of the element of a filter's image. That
// holds a canvas, or it is transparent and the image is drawn on a canvas behind
// it, which many tiles share: there the middle of each pixel is read. Returns null
// for an element that meanwhile left the page.
async (element) => {
  const frame = () => new Promise(requestAnimationFrame);
  await frame().then(frame);
  if (!element.isConnected) return null;
  const read = (canvas, ...box) =>
    canvas.getContext("2d").getImageData(...box).data;
  const own = element.matches("canvas")
    ? element
    : element.querySelector("canvas");
  if (own) {
    const { width, height } = own;
    return [width, height, [...read(own, 0, 0, width, height)]];
  }
  let around = element;
  let shared = null;
  while (!shared) {
    around = around.parentElement;
    shared = around.querySelector(":scope > .one-canvas > canvas");
  }
  const from = shared.getBoundingClientRect();
  const box = element.getBoundingClientRect();
  const scale = shared.width / from.width;
  const x = Math.round(box.left * scale) - Math.round(from.left * scale);
  const y = Math.round(box.top * scale) - Math.round(from.top * scale);
  const [width, height] = element.dataset.pixels.split(" ").map(Number);
  const size = [box.width * scale, box.height * scale];
  const fit = Math.min(size[0] / width, size[1] / height);
  const left = x + (size[0] - width * fit) / 2;
  const top = y + (size[1] - height * fit) / 2;
  const drawn = read(shared, 0, 0, shared.width, shared.height);
  const values = [];
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const across = Math.floor(left + (column + 0.5) * fit);
      const down = Math.floor(top + (row + 0.5) * fit);
      const at = 4 * (down * shared.width + across);
      values.push(...drawn.subarray(at, at + 4));
    }
  }
  return [width, height, values];
};
