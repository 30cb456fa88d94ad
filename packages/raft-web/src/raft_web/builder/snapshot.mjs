// Makes a snapshot of the memory of a Python that has started, and has imported raft_web.ahead:
// node snapshot.mjs PYODIDE < { abi, stdlib, folder }, see snapshot.py
import { readFile, writeFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { deflateSync, inflateSync } from "node:zlib";

import { linking, place, split, trampoline } from "../static/python.mjs";

process.env.TZ = "UTC"; // the same on every machine
const [pyodide] = process.argv.slice(2);
const { abi, stdlib, folder } = JSON.parse(await text(process.stdin));
const { linked, others } = split(inflateSync(await readFile(`${folder}/shared`)));
const { loadPyodide } = await import(`${pyodide}/pyodide.mjs`);
const python = await loadPyodide({
  stdLibURL: stdlib,
  lockFileContents: { info: { abi_version: abi }, packages: {} },
  env: { _: "python" }, // no path of this machine
  createPyodideModule: linking(`${pyodide}/pyodide.asm.mjs`, linked, () => {}),
  _sysExecutable: "python",
  _makeSnapshot: true,
});
place(python, await readFile(`${folder}/ahead`), others);
python.runPython(`
import sys
sys.path.append("/lib/site-modules.zip")
import raft_web.ahead
`);
// What pages have in that place has less bytecode in it, and Python remembers where in it what is.
place(python, await readFile(`${folder}/modules`), []);
python.runPython(`
import gc, importlib.util, zipimport
zipimport._zip_directory_cache.pop("/lib/site-modules.zip")
importlib.util.find_spec("raft_web.shell")
gc.collect()
`);
trampoline.set(python._module, 0);
const memory = python.makeMemorySnapshot();
await writeFile(`${folder}/snapshot`, deflateSync(memory, { level: 9 }));
process.exit(0); // the page's timers would keep it alive
