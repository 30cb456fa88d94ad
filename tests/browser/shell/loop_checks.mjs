// Runs the loop's checks under Node.js: node loop_checks.mjs PYTHON_MJS CONFIG CHECKS NAME...
// Prints a line for each check, with a Python traceback if it failed.
import { readFile } from "node:fs/promises";

const [script, config, checks, ...names] = process.argv.slice(2);
const { startPython } = await import(script);
const read = async (path) => new Response(await readFile(path));
const python = await startPython(JSON.parse(config), read);
await python.runPythonAsync(await readFile(checks, "utf8"));
// Node.js takes up to a thousand messages before it looks at its timers. With the slices that a page
// has, endless work would keep them waiting for eight seconds.
await python.runPythonAsync(`
import raft_web.loop
raft_web.loop.SLICE = 0.0005
raft_web.loop.install()
`);
for (const name of names) {
  try {
    await python.runPythonAsync(`await ${name}()`);
    console.log(`passed ${name}`);
  } catch (error) {
    console.log(`failed ${name}: ${error}`);
  }
}
process.exit(0); // the loop's MessageChannel would keep it alive
