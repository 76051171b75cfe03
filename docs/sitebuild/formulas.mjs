// JSON list of {tex, display} on stdin -> JSON list of HTML on stdout.
import { readFileSync } from "node:fs";
const { default: katex } = await import(process.argv[2]);
const formulas = JSON.parse(readFileSync(0, "utf-8"));
const html = formulas.map(({ tex, display }) =>
  katex.renderToString(tex, { displayMode: display, throwOnError: true, strict: "error" }));
process.stdout.write(JSON.stringify(html));
