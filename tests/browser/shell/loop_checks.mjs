// Runs the loop's checks under Node.js: node loop_checks.mjs PYODIDE WHEELS CHECKS NAME...
// Prints a line for each check, with a Python traceback if it failed.
import { readFile } from "node:fs/promises";

const [pyodide, wheels, checks, ...names] = process.argv.slice(2);
const { loadPyodide } = await import(`${pyodide}/pyodide.mjs`);
const python = await loadPyodide({
  lockFileContents: await readFile(`${wheels}/pyodide-lock.json`, "utf8"),
  packageBaseUrl: `${wheels}/`,
  packageCacheDir: wheels, // where Node.js looks first; it asks no server then
  packages: ["anyio", "raft-web"],
});
await python.runPythonAsync(await readFile(checks, "utf8"));
await python.runPythonAsync("from raft_web.loop import install; install()");
for (const name of names) {
  try {
    await python.runPythonAsync(`await ${name}()`);
    console.log(`passed ${name}`);
  } catch (error) {
    console.log(`failed ${name}: ${error}`);
  }
}
process.exit(0); // the loop's MessageChannel would keep it alive
