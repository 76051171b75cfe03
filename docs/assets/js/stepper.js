/**
 * A convolution step by step, for the reader's choice of image, kernel, stride and padding.
 *
 * All numbers come from the build; the script shows them and writes out the sum.
 *
 * @module stepper
 */

const PACE = 700; // milliseconds a step

/**
 * @typedef {object} Setting
 * @property {string} key image, kernel, strides and padding
 * @property {number[][]} padding zeros above, below; before, after
 * @property {string[][]} output
 * @property {number[][]} levels of the output: how strong, from −4 to 4
 * @property {string[]} signs "=" or "≈" for each sum, row by row
 * @property {string} size how the output's size follows
 * @property {string} around the padding in words
 */

/** @param {HTMLElement} root */
export async function start(root) {
  const find = (/** @type {string} */ selector) =>
    /** @type {any} */ (root.querySelector(selector));
  const response = await fetch(new URL("../data/steps.json", import.meta.url));
  /**
   * @type {{
   *   images: Record<string, { rows: string[][], levels: number[][] }>,
   *   kernels: Record<string, { rows: string[][], levels: number[][], shows: string }>,
   *   settings: Record<string, Setting>,
   * }}
   */
  const { images, kernels, settings } = await response.json();
  const slider = find("input[type=range]");
  const sum = find(".kb-sum");
  /** @type {Record<string, HTMLButtonElement>} */
  const buttons = {};
  root.querySelectorAll("button[data-go]").forEach((button) => {
    const element = /** @type {HTMLButtonElement} */ (button);
    buttons[String(element.dataset.go)] = element;
  });
  const boxes = ["image", "kernel", "strides", "padding"].map((name) => find(`select[name=${name}]`));

  /** @type {Setting} */
  let setting;
  /** @type {HTMLElement[][]} */
  let pixels = [];
  /** @type {HTMLElement[]} */
  let cells = [];
  /** @type {string[][]} */
  let weights = [];
  let stride = 1;
  let index = 0;
  let last = 0;
  /** @type {ReturnType<typeof setInterval> | null} */
  let timer = null;

  function choose() {
    stop();
    const [image, kernel, strides, padding] = boxes.map((box) => box.value);
    setting = settings[`${image} ${kernel} ${strides} ${padding}`];
    stride = Number(strides);
    weights = kernels[kernel].rows;
    const [[above, below], [before, after]] = setting.padding;
    const { rows, levels } = images[image];
    const width = before + rows[0].length + after;
    const zeros = (/** @type {number} */ count) =>
      Array.from({ length: count }, () => Array(width).fill(null));
    const padded = [
      ...zeros(above),
      ...rows.map((row) => [...Array(before).fill(null), ...row, ...Array(after).fill(null)]),
      ...zeros(below),
    ];
    const shades = padded.map((row, y) =>
      row.map((_, x) => levels[y - above]?.[x - before] ?? 0),
    );
    pixels = fill(find(".kb-image"), padded, shades);
    fill(find(".kb-kernel"), weights, kernels[kernel].levels);
    cells = fill(find(".kb-output"), setting.output, setting.levels).flat();
    cells.forEach((cell, at) => cell.addEventListener("click", () => go(at)));
    last = cells.length - 1;
    slider.max = last;
    find(".kb-image caption").textContent =
      `image ${rows.length}×${rows[0].length}${setting.around && `, ${setting.around}`}`;
    find(".kb-kernel caption").textContent = `kernel ${weights.length}×${weights[0].length}`;
    find(".kb-output caption").textContent =
      `output ${setting.output.length}×${setting.output[0].length}`;
    find(".kb-shows").textContent = `Bright where: ${kernels[kernel].shows}.`;
    find(".kb-size").textContent = setting.size;
    show(0);
  }

  /** @param {number} to */
  function show(to) {
    index = Math.min(Math.max(to, 0), last);
    const columns = setting.output[0].length;
    const [row, column] = [Math.floor(index / columns), index % columns];
    pixels.flat().forEach((cell) => cell.classList.remove("kb-under"));
    const lines = weights.map((line, y) =>
      line
        .map((weight, x) => {
          const cell = pixels[row * stride + y][column * stride + x];
          cell.classList.add("kb-under");
          return `${bracket(cell.textContent ?? "")}·${bracket(weight)}`;
        })
        .join(" + "),
    );
    cells.forEach((cell, at) => {
      cell.classList.toggle("kb-later", at > index);
      cell.classList.toggle("kb-here", at === index);
    });
    const value = cells[index].textContent;
    sum.textContent = `Row ${row}, column ${column}:\n${lines.join(" +\n")} ${setting.signs[index]} ${value}`;
    slider.value = index;
    slider.setAttribute("aria-valuetext", `row ${row}, column ${column}, sum ${value}`);
    // Not `disabled`: that would take the focus away from who presses them.
    ["first", "back"].forEach((name) => buttons[name].setAttribute("aria-disabled", String(index === 0)));
    ["next", "last"].forEach((name) => buttons[name].setAttribute("aria-disabled", String(index === last)));
  }

  /** @param {number} to */
  function go(to) {
    stop();
    show(to);
  }

  function stop() {
    if (timer !== null) {
      clearInterval(timer);
    }
    timer = null;
    buttons.play.textContent = "Play";
    sum.setAttribute("aria-live", "polite");
  }

  function play() {
    if (timer !== null) {
      stop();
      return;
    }
    if (index === last) {
      show(0);
    }
    buttons.play.textContent = "Pause";
    sum.setAttribute("aria-live", "off"); // not every step aloud
    timer = setInterval(() => {
      show(index + 1);
      if (index === last) {
        stop();
      }
    }, PACE);
  }

  /** @type {Record<string, () => number>} */
  const moves = {
    ArrowRight: () => index + 1,
    ArrowLeft: () => index - 1,
    ArrowDown: () => (index + setting.output[0].length > last ? index : index + setting.output[0].length),
    ArrowUp: () => (index < setting.output[0].length ? index : index - setting.output[0].length),
    Home: () => 0,
    End: () => last,
  };
  /** @type {Record<string, string>} */
  const keys = { first: "Home", back: "ArrowLeft", next: "ArrowRight", last: "End" };
  Object.entries(keys).forEach(([name, key]) => {
    buttons[name].addEventListener("click", () => go(moves[key]()));
  });
  buttons.play.addEventListener("click", play);
  slider.addEventListener("input", () => go(Number(slider.value)));
  find(".kb-stage").addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || !(event.key in moves)) {
      return;
    }
    event.preventDefault();
    go(moves[event.key]());
  });
  boxes.forEach((box) => box.addEventListener("change", choose));
  choose();
  root.dataset.ready = "";
}

/**
 * Write a matrix into a table; `null` is a zero of the padding.
 *
 * @param {HTMLTableElement} table
 * @param {(string | null)[][]} rows
 * @param {number[][]} levels
 * @returns {HTMLElement[][]} the cells
 */
function fill(table, rows, levels) {
  const body = table.tBodies[0];
  const cells = rows.map((row, y) =>
    row.map((text, x) => {
      const cell = document.createElement("td");
      cell.textContent = text ?? "0";
      cell.dataset.level = String(levels[y][x]);
      cell.classList.toggle("kb-padding", text === null);
      return cell;
    }),
  );
  body.replaceChildren(
    ...cells.map((row) => {
      const line = document.createElement("tr");
      line.append(...row);
      return line;
    }),
  );
  return cells;
}

/** @param {string} text */
function bracket(text) {
  return text.startsWith("−") ? `(${text})` : text;
}
