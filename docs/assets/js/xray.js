/**
 * X-ray: the report on a model file that a reader drops on the page, read in the page.
 *
 * @module xray
 */

import { WORDS, ask, load, watch } from "./python.js";
import { start as fold } from "./ledger.js";

/** @param {HTMLElement} root */
export function start(root) {
  const find = (/** @type {string} */ selector) =>
    /** @type {HTMLElement} */ (root.querySelector(selector));
  const input = /** @type {HTMLInputElement} */ (find("input[type=file]"));
  const shapes = /** @type {HTMLInputElement} */ (find(".kb-shapes"));
  const [zone, status, result] = [find(".kb-drop"), find(".kb-status"), find(".kb-report")];
  const exports = find(".kb-exports");
  /** @type {File | null} */
  let chosen = null;
  /** @type {Record<string, string>} */
  let report = {};
  let latest = 0;

  watch((state) => {
    root.dataset.python = state;
    if (state === "loading" || state === "failed") {
      status.textContent = WORDS[state];
    }
  });

  /** @param {File} file */
  async function show(file) {
    chosen = file;
    const number = ++latest;
    root.dataset.shown = "";
    status.textContent = `Reading ${file.name}…`;
    try {
      const started = performance.now();
      const found = await ask("xray", [file, shapes.value]);
      if (number !== latest) {
        return;
      }
      report = found;
      result.innerHTML = report.html; // every text in it was escaped where it was made
      result.querySelectorAll(".kb-ledger").forEach((ledger) => fold(/** @type {HTMLElement} */ (ledger)));
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      status.textContent = `${file.name}: ${report.summary} (${seconds} s)`;
    } catch (error) {
      if (number !== latest) {
        return;
      }
      report = {};
      result.replaceChildren();
      status.textContent = `${file.name}: ${/** @type {Error} */ (error).message}`;
    }
    exports.hidden = !report.json;
    root.dataset.shown = file.name;
  }

  input.addEventListener("focus", () => void load().catch(() => {}), { once: true });
  input.addEventListener("change", () => {
    if (input.files?.[0]) {
      show(input.files[0]);
      input.value = ""; // the same file again is a change again
    }
  });
  shapes.addEventListener("change", () => void (chosen && show(chosen)));

  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.classList.add("kb-over");
  });
  zone.addEventListener("dragleave", () => zone.classList.remove("kb-over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("kb-over");
    const file = event.dataTransfer?.files[0];
    if (file) {
      show(file);
    }
  });

  root.querySelectorAll("button[data-sample]").forEach((element) => {
    const { sample } = /** @type {HTMLButtonElement} */ (element).dataset;
    element.addEventListener("click", async () => {
      const name = String(sample);
      status.textContent = `Fetching ${name}…`;
      try {
        const response = await fetch(new URL(`../models/${name}`, import.meta.url));
        if (!response.ok) {
          throw new Error(String(response.status));
        }
        await show(new File([await response.blob()], name));
      } catch (error) {
        status.textContent = `${name} could not be fetched (${/** @type {Error} */ (error).message}).`;
      }
    });
  });

  exports.querySelectorAll("button").forEach((button) => {
    button.addEventListener("click", () => {
      const kind = String(button.dataset.kind);
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([report[kind]], { type: "text/plain" }));
      link.download = `${chosen?.name ?? "model"}.${kind === "json" ? "json" : "md"}`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    });
  });
  root.dataset.ready = "";
}
