// Runs a module of this repository under Pyodide in Node.js; tools/in_pyodide.py calls it.
//
//   node in_pyodide.mjs ROOT SITE MODULE [ARGUMENT...]
//
// ROOT, the repository, is mounted as /repo; SITE holds the unpacked wheels. The event loop is that
// of our pages. What the coroutine MODULE.main(arguments) returns is the exit code, None being 0.

import { loadPyodide } from "pyodide";

const [root, site, name, ...rest] = process.argv.slice(2);
const pyodide = await loadPyodide();
pyodide.mountNodeFS("/repo", root);
pyodide.mountNodeFS("/site", site);
pyodide.FS.chdir("/repo");
pyodide.globals.set("name", name);
pyodide.globals.set("rest", pyodide.toPy(rest));
// Pyodide keeps Node.js alive: it has to be told to go.
process.exit(
  await pyodide.runPythonAsync(`
import glob, importlib, sys
sys.path[:0] = ["/repo", *glob.glob("/repo/*/*/src"), "/site"]
sys.dont_write_bytecode = True
importlib.import_module("raft_web.loop").install()
await importlib.import_module(name).main(rest) or 0
`),
);
