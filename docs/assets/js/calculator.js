/**
 * Calculators: the answer of the build is there from the start; what a reader changes is computed
 * by the library in the page.
 *
 * @module calculator
 */

import { WORDS, ask, load, watch } from "./python.js";

const PAUSE = 150; // milliseconds after the last key

/** @param {HTMLFormElement} form */
export function start(form) {
  const output = /** @type {HTMLElement} */ (form.querySelector(".kb-answer"));
  const status = /** @type {HTMLElement} */ (form.querySelector(".kb-status"));
  const reset = /** @type {HTMLButtonElement} */ (form.querySelector("button[type=reset]"));
  const [built, said] = [output.innerHTML, status.textContent];
  let timer = 0;
  let latest = 0;
  let touched = false;

  function touch() {
    if (!touched) {
      touched = true;
      watch((state) => {
        form.dataset.python = state;
        status.textContent = WORDS[state] || said;
      });
      load().catch(() => {}); // the state says it
    }
  }

  async function compute() {
    const number = ++latest;
    const fields = Object.fromEntries(new FormData(form));
    try {
      const html = await ask("answer", [form.dataset.calculator, fields]);
      if (number === latest) {
        output.innerHTML = html; // every text in it was escaped where it was made
        form.dataset.answered = String(number);
      }
    } catch (error) {
      if (number === latest) {
        status.textContent = /** @type {Error} */ (error).message;
      }
    }
  }

  form.addEventListener("focusin", touch, { once: true });
  form.addEventListener("input", () => {
    touch();
    reset.hidden = false;
    clearTimeout(timer);
    timer = setTimeout(compute, PAUSE);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => {
    clearTimeout(timer);
    latest += 1;
    output.innerHTML = built;
    /** @type {HTMLElement} */ (form.querySelector("input, select")).focus();
    reset.hidden = true;
  });
  form.dataset.ready = "";
}
