/**
 * Python for a page: one worker, started when somebody first asks for it.
 *
 * The worker runs the library's own source under Pyodide. Nothing leaves the page: the worker loads
 * its files from this site and gets its arguments from here.
 *
 * @module python
 */

/** @typedef {"idle" | "loading" | "ready" | "failed"} State */

/** What is said of each state. @type {Record<State, string>} */
export const WORDS = {
  idle: "",
  loading: "Loading Python…",
  ready: "Computed in this page by kerasbook itself.",
  failed: "Python could not be loaded. The last answer stays.",
};

/** How long one answer may take once Python is there, in milliseconds. */
const PATIENCE = 20_000;

/** @type {Worker | null} */
let worker = null;
/** @type {State} */
let state = "idle";
let asked = 0;
/** @type {Map<number, { resolve: (value: any) => void, reject: (reason: Error) => void }>} */
const waiting = new Map();
/** @type {Set<(state: State) => void>} */
const listeners = new Set();

/**
 * Hear of each change of the state, and of the present one at once.
 *
 * @param {(state: State) => void} listener
 */
export function watch(listener) {
  listeners.add(listener);
  listener(state);
}

/** Start to load Python, if nobody did yet; resolves when it is there. */
export async function load() {
  await ask("load", []);
}

/**
 * Call a function in the worker.
 *
 * @param {"load" | "answer" | "xray"} method
 * @param {unknown[]} values what it is given: anything that can be cloned, a `File` too
 * @returns {Promise<any>} what it returns
 * @throws {Error} what went wrong, in words
 */
export function ask(method, values) {
  const target = (worker ??= start());
  const number = ++asked;
  const answer = new Promise((resolve, reject) => waiting.set(number, { resolve, reject }));
  if (state === "ready") {
    watchOver(number);
  }
  target.postMessage({ number, method, values });
  return answer;
}

/** @returns {Worker} */
function start() {
  tell("loading");
  const started = new Worker(new URL("./python-worker.js", import.meta.url), { type: "module" });
  started.addEventListener("message", ({ data }) => {
    if (data.ready) {
      tell("ready");
      waiting.forEach((_, number) => watchOver(number));
      return;
    }
    const { resolve, reject } = waiting.get(data.number) ?? {};
    waiting.delete(data.number);
    if ("error" in data) {
      reject?.(new Error(data.error));
    } else {
      resolve?.(data.value);
    }
  });
  started.addEventListener("error", (event) => {
    event.preventDefault();
    stop("failed", "Python could not be loaded.");
  });
  return started;
}

/** Stop the worker if an answer takes too long. @param {number} number */
function watchOver(number) {
  setTimeout(() => {
    if (waiting.has(number)) {
      stop("idle", `This took longer than ${PATIENCE / 1000} seconds and was stopped.`);
    }
  }, PATIENCE);
}

/**
 * End the worker: who waits gets an error, who asks next starts a new one.
 *
 * @param {State} next
 * @param {string} message
 */
function stop(next, message) {
  worker?.terminate();
  worker = null;
  waiting.forEach(({ reject }) => reject(new Error(message)));
  waiting.clear();
  tell(next);
}

/** @param {State} next */
function tell(next) {
  state = next;
  listeners.forEach((listener) => listener(state));
}
