/**
 * Shape ledgers: each row of a model's table unfolds its arithmetic.
 *
 * Without this script all of it is open.
 *
 * @module ledger
 */

/**
 * Fold the rows, and give each a button.
 *
 * @param {HTMLElement} ledger
 */
export function start(ledger) {
  const rows = Array.from(ledger.querySelectorAll("tr[data-work]"));
  if (!rows.length) {
    return;
  }
  const buttons = rows.map((row) => toggle(/** @type {HTMLElement} */ (row)));
  const all = document.createElement("button");
  all.type = "button";
  all.className = "kb-button kb-all";
  const areOpen = () => buttons.every(isOpen);
  const label = () => {
    all.textContent = areOpen() ? "Fold all" : "Unfold all";
  };
  all.addEventListener("click", () => {
    const open = !areOpen();
    buttons.forEach((button) => set(button, open));
  });
  ledger.addEventListener("click", label);
  ledger.prepend(all);
  label();
}

/** @param {HTMLElement} row @returns {HTMLButtonElement} */
function toggle(row) {
  const head = /** @type {HTMLElement} */ (row.querySelector("th"));
  const button = document.createElement("button");
  button.type = "button";
  button.className = "kb-unfold";
  button.append(...head.childNodes);
  button.setAttribute("aria-controls", /** @type {string} */ (row.dataset.work));
  button.addEventListener("click", () => set(button, !isOpen(button)));
  head.append(button);
  set(button, false);
  return button;
}

/** @param {HTMLButtonElement} button */
function isOpen(button) {
  return button.getAttribute("aria-expanded") === "true";
}

/** @param {HTMLButtonElement} button @param {boolean} open */
function set(button, open) {
  button.setAttribute("aria-expanded", String(open));
  const work = button.closest("tr")?.nextElementSibling;
  if (work) {
    /** @type {HTMLElement} */ (work).hidden = !open;
  }
}
