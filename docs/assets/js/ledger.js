/**
 * Shape ledgers: each row of a model's table unfolds its arithmetic.
 *
 * @module ledger
 */

/** @param {HTMLElement} ledger */
export function start(ledger) {
  const buttons = Array.from(ledger.querySelectorAll(".kb-unfold"));
  const all = /** @type {HTMLElement} */ (ledger.querySelector(".kb-all"));
  const areOpen = () => buttons.every(isOpen);
  buttons.forEach((button) => button.addEventListener("click", () => set(button, !isOpen(button))));
  all.addEventListener("click", () => {
    const open = !areOpen();
    buttons.forEach((button) => set(button, open));
  });
  ledger.addEventListener("click", () => {
    all.textContent = areOpen() ? "Fold all" : "Unfold all";
  });
  ledger.dataset.ready = "";
}

/** @param {Element} button */
function isOpen(button) {
  return button.getAttribute("aria-expanded") === "true";
}

/** @param {Element} button @param {boolean} open */
function set(button, open) {
  button.setAttribute("aria-expanded", String(open));
  const work = document.getElementById(String(button.getAttribute("aria-controls")));
  /** @type {HTMLElement} */ (work).hidden = !open;
}
