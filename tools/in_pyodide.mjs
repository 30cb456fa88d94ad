// Runs a module of this repository under Pyodide in Node.js; tools/in_pyodide.py calls it.
//
//   node in_pyodide.mjs ROOT SITE MODULE [ARGUMENT...]
//
// ROOT, the repository, is mounted as /repo; SITE holds the unpacked wheels. The event loop is that
// of our pages. What MODULE.main(arguments) returns is the exit code; it may be a coroutine.

import { loadPyodide } from "pyodide";

const [root, site, name, ...rest] = process.argv.slice(2);
const pyodide = await loadPyodide();
pyodide.mountNodeFS("/repo", root);
pyodide.mountNodeFS("/site", site);
pyodide.FS.chdir("/repo");
let code = 1;
try {
  pyodide.runPython(`
import glob, sys
sys.path[:0] = ["/repo", *glob.glob("/repo/*/*/src"), "/site"]
sys.dont_write_bytecode = True
from raft_web.loop import install
install()
`);
  code = (await pyodide.pyimport(name).main(pyodide.toPy(rest))) ?? 0;
} catch (error) {
  console.error(error.message); // of an error in Python, its traceback
}
process.exit(code); // Pyodide's loop keeps Node.js alive: it has to be told to go
