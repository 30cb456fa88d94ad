// Makes a snapshot of the memory of a Python that has just started:
// node snapshot.mjs PYODIDE < { stdlib, abi, target }
import { writeFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { deflateSync } from "node:zlib";

process.env.TZ = "UTC"; // the same on every machine
const [pyodide] = process.argv.slice(2);
const { stdlib, abi, target } = JSON.parse(await text(process.stdin));
const { loadPyodide } = await import(`${pyodide}/pyodide.mjs`);
const python = await loadPyodide({
  stdLibURL: stdlib,
  lockFileContents: { info: { abi_version: abi }, packages: {} },
  env: { _: "python" }, // no path of this machine
  _sysExecutable: "python",
  _makeSnapshot: true,
});
// What the shell and what it imports want of the standard library. Extension modules must not be
// loaded yet: they live outside of the memory.
python.runPython("import datetime, decimal, hashlib, hmac, logging, secrets, uuid");
await writeFile(target, deflateSync(python.makeMemorySnapshot(), { level: 9 }));
process.exit(0); // the page's timers would keep it alive
