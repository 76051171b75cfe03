/**
 * Draw a digit: a network that was trained when the site was built looks at it, layer by layer.
 *
 * @module draw
 */

import { run, withFilter } from "./network.js";
import { DOTS, SIDE, blank, counts, inked, scaled, stroke } from "./pad.js";

const BRIGHTEST = 16; // dots of a block
const STEP = 2; // dots that an arrow key moves the pen
const SPOKEN = 700; // milliseconds without a change before the answer is said aloud

/** @param {HTMLElement} root */
export async function start(root) {
  const find = (/** @type {string} */ selector) =>
    /** @type {any} */ (root.querySelector(selector));
  const response = await fetch(new URL("../data/digits.json", import.meta.url));
  /** @type {{ layers: any[], samples: any[], kernels: any[], classes: string[] }} */
  const { layers, samples, kernels, classes } = await response.json();
  /** @type {HTMLCanvasElement} */
  const pad = find(".kb-pad");
  const [filterBox, kernelBox] = [find("select[name=filter]"), find("select[name=kernel]")];
  const first = layers[0];
  const filters = first.size[3];

  let ink = blank();
  let sampled = false; // a sample is shown as it is, a drawing scaled
  /** The kernel in place of each filter's own, by name. @type {Map<number, string>} */
  const swapped = new Map();
  let pen = { x: DOTS / 2, y: DOTS / 2, down: false, shown: false };
  let timer = 0;

  const seen = () => counts(sampled ? ink : scaled(ink));

  function network() {
    let result = layers;
    swapped.forEach((name, filter) => {
      const { weights } = kernels.find((kernel) => kernel.name === name);
      result = withFilter(result, filter, weights);
    });
    return result;
  }

  function update() {
    const pixels = seen();
    const values = Float32Array.from(pixels, (count) => count / BRIGHTEST);
    const present = network();
    const outputs = run(present, { name: "image", shape: [SIDE, SIDE, 1], values });
    drawPad();
    paint(find(".kb-seen"), values, SIDE, 1);
    layers.forEach((layer, index) => {
      if (layer.kind === "conv") {
        showMaps(root.querySelector(`[data-layer="${layer.name}"]`), outputs[index]);
      }
    });
    showKernel(present[0]);
    showProbabilities(outputs[outputs.length - 1].values, values);
  }

  function drawPad() {
    paint(pad, ink, DOTS, 1);
    if (pen.shown) {
      const context = /** @type {CanvasRenderingContext2D} */ (pad.getContext("2d"));
      context.strokeStyle = getComputedStyle(pad).getPropertyValue("--kb-mark");
      context.lineWidth = pen.down ? 1.6 : 0.8;
      context.strokeRect(pen.x - 2, pen.y - 2, 4, 4);
    }
  }

  /** @param {Element | null} list @param {import("./network.js").Tensor} output */
  function showMaps(list, { shape: [height, width, depth], values }) {
    const most = Math.max(...values, 1e-6);
    list?.querySelectorAll("canvas").forEach((canvas, map) => {
      const own = new Float32Array(height * width);
      own.forEach((_, place) => {
        own[place] = values[place * depth + map] / most;
      });
      paint(canvas, own, width, 1);
      const strongest = own.indexOf(Math.max(...own));
      const place = `row ${Math.floor(strongest / width) + 1}, column ${(strongest % width) + 1}`;
      const dead = own[strongest] <= 0;
      canvas.setAttribute("aria-label", `Map ${map + 1}: ${dead ? "silent" : `strongest at ${place}`}`);
    });
  }

  /** @param {import("./network.js").Layer} layer */
  function showKernel({ kernel, size }) {
    const filter = Number(filterBox.value);
    const [taps, across] = /** @type {number[]} */ (size);
    find(".kb-kernel").querySelectorAll("td").forEach((/** @type {HTMLElement} */ cell, /** @type {number} */ tap) => {
      const weight = /** @type {number[]} */ (kernel)[tap * filters + filter];
      cell.textContent = weight.toFixed(2).replace("-", "−");
      cell.dataset.level = String(Math.max(-4, Math.min(4, Math.round(weight * 4))));
    });
    kernelBox.value = swapped.get(filter) ?? "";
    root.querySelectorAll(`[data-layer="${first.name}"] button`).forEach((button, map) => {
      button.setAttribute("aria-pressed", String(map === filter));
      button.classList.toggle("kb-swapped", swapped.has(map));
    });
    return [taps, across];
  }

  /** @param {Float32Array} probabilities @param {Float32Array} pixels */
  function showProbabilities(probabilities, pixels) {
    const best = probabilities.indexOf(Math.max(...probabilities));
    const empty = pixels.every((pixel) => pixel === 0);
    root.querySelectorAll(".kb-bars tr[data-class]").forEach((row, index) => {
      const share = empty ? 0 : probabilities[index];
      /** @type {HTMLMeterElement} */ (row.querySelector("meter")).value = share;
      /** @type {HTMLElement} */ (row.querySelector("output")).textContent = empty
        ? "–"
        : `${(100 * share).toFixed(1)} %`;
      row.classList.toggle("kb-best", !empty && index === best);
    });
    root.dataset.answer = empty ? "" : classes[best];
    root.dataset.probabilities = JSON.stringify(Array.from(probabilities));
    clearTimeout(timer);
    timer = setTimeout(() => {
      find(".kb-verdict").textContent = empty
        ? "The pad is empty."
        : `It looks like ${classes[best]}: ${(100 * probabilities[best]).toFixed(1)} %.`;
    }, SPOKEN);
  }

  function draw(/** @type {{ x: number, y: number }} */ from, /** @type {{ x: number, y: number }} */ to) {
    if (sampled) {
      ink = blank();
      sampled = false;
    }
    stroke(ink, from, to);
    update();
  }

  function clear() {
    ink = blank();
    sampled = false;
    update();
  }

  /** @type {{ x: number, y: number } | null} */
  let last = null;
  const place = (/** @type {PointerEvent} */ event) => {
    const box = pad.getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) / box.width) * DOTS,
      y: ((event.clientY - box.top) / box.height) * DOTS,
    };
  };
  pad.addEventListener("pointerdown", (event) => {
    pad.setPointerCapture(event.pointerId);
    pen.shown = false;
    last = place(event);
    draw(last, last);
  });
  pad.addEventListener("pointermove", (event) => {
    if (last) {
      const next = place(event);
      draw(last, next);
      last = next;
    }
  });
  ["pointerup", "pointercancel"].forEach((name) => pad.addEventListener(name, () => (last = null)));
  pad.addEventListener("blur", () => {
    pen = { ...pen, down: false, shown: false };
    drawPad();
  });

  /** @type {Record<string, [number, number]>} */
  const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  pad.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) {
      return;
    }
    if (event.key === " " || event.key === "Enter") {
      pen = { ...pen, down: !pen.down, shown: true };
      if (pen.down) {
        draw(pen, pen);
      }
    } else if (event.key in moves) {
      const [x, y] = moves[event.key];
      const by = event.shiftKey ? 1 : STEP;
      const within = (/** @type {number} */ value) => Math.max(1, Math.min(DOTS - 1, value));
      const next = { ...pen, x: within(pen.x + x * by), y: within(pen.y + y * by), shown: true };
      if (pen.down) {
        draw(pen, next);
      }
      pen = next;
    } else if (event.key === "Delete" || event.key === "Backspace") {
      clear();
    } else {
      return;
    }
    event.preventDefault();
    drawPad();
    find(".kb-pen").textContent =
      `Pen ${pen.down ? "down" : "up"}, column ${Math.round(pen.x)}, row ${Math.round(pen.y)} of ${DOTS}`;
  });

  find("button[data-clear]").addEventListener("click", clear);
  root.querySelectorAll("button[data-sample]").forEach((button, index) => {
    const { pixels } = samples[index];
    const canvas = /** @type {HTMLCanvasElement} */ (button.querySelector("canvas"));
    const thumbnail = () =>
      paint(canvas, Float32Array.from(pixels, (count) => count / BRIGHTEST), SIDE, 1);
    thumbnail();
    themeChanged(thumbnail);
    button.addEventListener("click", () => {
      ink = inked(pixels);
      sampled = true;
      update();
    });
  });
  root.querySelectorAll(`[data-layer="${first.name}"] button`).forEach((button, map) => {
    button.addEventListener("click", () => {
      filterBox.value = String(map);
      update();
    });
  });
  filterBox.addEventListener("change", update);
  kernelBox.addEventListener("change", () => {
    const filter = Number(filterBox.value);
    if (kernelBox.value) {
      swapped.set(filter, kernelBox.value);
    } else {
      swapped.delete(filter);
    }
    update();
  });
  themeChanged(update);
  /** @type {HTMLButtonElement} */ (root.querySelectorAll("button[data-sample]")[3]).click();
  root.dataset.ready = "";
}

/**
 * Fill a canvas with values from 0 to 1, a dot each, in the colour of its text.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {ArrayLike<number>} values
 * @param {number} width
 * @param {number} most
 */
function paint(canvas, values, width, most) {
  const height = values.length / width;
  if (canvas.width !== width || canvas.height !== height) {
    [canvas.width, canvas.height] = [width, height];
  }
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.clearRect(0, 0, width, height);
  context.fillStyle = getComputedStyle(canvas).color;
  for (let place = 0; place < values.length; place += 1) {
    context.globalAlpha = Math.max(0, Math.min(1, values[place] / most));
    context.fillRect(place % width, Math.floor(place / width), 1, 1);
  }
  context.globalAlpha = 1;
}

/** Call when the reader switches between light and dark. @param {() => void} listener */
function themeChanged(listener) {
  new MutationObserver(listener).observe(document.body, {
    attributes: true,
    attributeFilter: ["data-md-color-scheme"],
  });
}
