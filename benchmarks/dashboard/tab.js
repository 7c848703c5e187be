// Runs in TensorBoard's page: acts as a user does, and measures the time until
// all tiles in view are painted.
({
  frame() {
    return document.querySelector("iframe")?.contentWindow ?? null;
  },

  // Returns the number of correct tiles in view, and of all tiles in view.
  seen(epoch, layer) {
    const inside = this.frame();
    if (!inside) return [0, 0];
    const tiles = [...inside.document.querySelectorAll("[data-testid=tile]")];
    // Tiles outside the scrolling element are hidden.
    const scroller =
      inside.document.querySelector(".matrix") ??
      inside.document.querySelector("main");
    const window = scroller?.getBoundingClientRect();
    const found = tiles.filter((tile) => {
      const box = tile.getBoundingClientRect();
      return (
        box.bottom > window.top &&
        box.right > window.left &&
        box.top < Math.min(window.bottom, inside.innerHeight) &&
        box.left < Math.min(window.right, inside.innerWidth)
      );
    });
    const good = found.filter((tile) => {
      const { run, tag, epoch: at, key } = tile.dataset;
      const shows = tile.querySelector("[data-shows]")?.dataset.shows;
      return (
        shows === `${run} ${tag} ${at} ${key}` &&
        (epoch === null || Number(at) === epoch) &&
        (layer === null || tag === layer)
      );
    });
    return [good.length, found.length];
  },

  // Returns the milliseconds until all tiles in view are painted.
  async painted(began, epoch = null, layer = null) {
    for (;;) {
      await new Promise(requestAnimationFrame);
      // Tiles say that they follow an epoch when the page is idle.
      if (epoch !== null)
        await new Promise((go) => requestIdleCallback(go, { timeout: 100 }));
      const [good, all] = this.seen(epoch, layer);
      const passed = performance.now() - began;
      if (all && good === all) return passed;
      if (passed > 60000) throw new Error(`${good} of ${all} after a minute`);
    }
  },

  async open() {
    const began = performance.now();
    document.querySelector("[data-plugin-id=actmax]").click();
    return await this.painted(began);
  },

  choose(testId, value, event) {
    const input = this.frame().document.querySelector(
      `[data-testid=${testId}]`,
    );
    input.value = String(value);
    input.dispatchEvent(new Event(event, { bubbles: true }));
  },

  async layer(tag) {
    const began = performance.now();
    this.choose("layer", tag, "change");
    return await this.painted(began, null, tag);
  },

  // Goes to an epoch by its index among the logged ones.
  async epoch(index, at) {
    const began = performance.now();
    this.choose("epoch", index, "input");
    return await this.painted(began, at);
  },

  // Acts before each frame, as a pointer does: what the tab asks for within an
  // animation frame, it gets one frame later. Returns the frames a second in
  // which something changed.
  async frames(milliseconds, act, changed = () => true) {
    const { port1, port2 } = new MessageChannel();
    const nextFrame = async () => {
      await new Promise(requestAnimationFrame);
      const now = performance.now();
      await new Promise((go) => {
        port1.onmessage = go;
        port2.postMessage(null); // goes on in a task after the frame
      });
      return now;
    };
    const began = await nextFrame();
    let [acts, frames, last] = [0, 0, began];
    while (last - began < milliseconds) {
      act(acts++);
      last = await nextFrame();
      if (changed()) frames++;
    }
    return { rate: (frames * 1000) / (last - began) };
  },

  // Counts the frames in which the tab draws images.
  async scrub(milliseconds, count) {
    const { prototype } = this.frame().CanvasRenderingContext2D;
    const { drawImage } = prototype;
    let drawn = false;
    prototype.drawImage = function (...all) {
      drawn = true;
      return drawImage.apply(this, all);
    };
    const changed = () => {
      const was = drawn;
      drawn = false;
      return was;
    };
    const move = (i) => this.choose("epoch", i % count, "input");
    const found = await this.frames(milliseconds, move, changed);
    prototype.drawImage = drawImage;
    return found;
  },

  async scroll(milliseconds, down, right) {
    const matrix = this.frame().document.querySelector(".matrix");
    matrix.scrollTo(0, 0);
    const found = await this.frames(milliseconds, () =>
      matrix.scrollBy(right, down),
    );
    const began = performance.now();
    return { ...found, settled: await this.painted(began) };
  },
});
