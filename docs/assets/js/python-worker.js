/**
 * The worker behind `python.js`: Pyodide, the library's source, and the functions that a page calls.
 *
 * A file is mounted, not copied: Python reads the pieces that it asks for, however large the file
 * is, and nothing in it is executed.
 *
 * @module python-worker
 */

import { loadPyodide } from "../vendor/pyodide/pyodide.mjs";

const FOLDER = "/reader"; // where the reader's file is mounted

/** @type {Promise<any>} */
const loaded = load();
/** Calls are answered one after the other. @type {Promise<void>} */
let turn = Promise.resolve();

async function load() {
  const vendored = new URL("../vendor/pyodide/", import.meta.url).href;
  const [python, source] = await Promise.all([
    loadPyodide({ indexURL: vendored }),
    fetch(new URL("../python/kerasbook.zip", import.meta.url)).then((response) => {
      if (!response.ok) {
        throw new Error(`kerasbook's source: ${response.status}`);
      }
      return response.arrayBuffer();
    }),
  ]);
  python.unpackArchive(source, "zip", { extractDir: "/source" });
  python.runPython("import sys; sys.path.insert(0, '/source')");
  python.FS.mkdir(FOLDER);
  return python;
}

/** @type {Record<string, (python: any, ...values: any[]) => unknown>} */
const methods = {
  load() {},

  /** @param {any} python @param {string} name @param {Record<string, string>} fields */
  answer(python, name, fields) {
    const { answer } = python.pyimport("sitebuild.page.answers");
    const given = python.toPy(fields);
    try {
      return answer(name, given);
    } finally {
      given.destroy();
      answer.destroy();
    }
  },

  /** @param {any} python @param {File} file @param {string} shapes */
  xray(python, file, shapes) {
    const { xray } = python.pyimport("sitebuild.page.xray");
    // Python sees the file under its own name in the working folder, as a reader would give it.
    python.FS.mount(python.FS.filesystems.WORKERFS, { files: [file] }, FOLDER);
    python.FS.chdir(FOLDER);
    let report;
    try {
      report = xray(file.name, shapes);
      return report.toJs({ dict_converter: Object.fromEntries });
    } finally {
      report?.destroy();
      xray.destroy();
      python.FS.chdir("/");
      python.FS.unmount(FOLDER);
    }
  },
};

loaded.then(
  () => postMessage({ ready: true }),
  (error) => {
    // Reaches the page as an `error` event of the worker.
    setTimeout(() => {
      throw error;
    });
  },
);

addEventListener("message", ({ data: { number, method, values } }) => {
  turn = turn.then(async () => {
    try {
      const python = await loaded;
      postMessage({ number, value: methods[method](python, ...values) });
    } catch (error) {
      postMessage({ number, error: lastLine(error) });
    }
  });
});

/** What a traceback says in the end. @param {unknown} error */
function lastLine(error) {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().split("\n").pop() ?? text;
}
