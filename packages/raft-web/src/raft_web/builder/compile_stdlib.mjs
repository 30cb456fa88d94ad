// Compiles Python's standard library with the very Python that will run in the page:
// node compile_stdlib.mjs PYODIDE TARGET
import { writeFile } from "node:fs/promises";

const COMPILE = `
import py_compile, sys, tempfile, zipfile
from pathlib import Path

library = next(path for path in sys.path if path.endswith(".zip"))
with zipfile.ZipFile(library) as source, zipfile.ZipFile("/compiled.zip", "w") as target:
    with tempfile.TemporaryDirectory() as scratch:
        file, compiled = Path(scratch, "source.py"), Path(scratch, "compiled.pyc")
        for name in sorted(source.namelist()):
            data = source.read(name)
            if name.endswith(".py"):
                file.write_bytes(data)
                py_compile.compile(
                    str(file),
                    str(compiled),
                    f"{library}/{name}",
                    doraise=True,
                    invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
                )
                name, data = f"{name}c", compiled.read_bytes()
            target.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED, 9)
`;

const [pyodide, target] = process.argv.slice(2);
const { loadPyodide } = await import(`${pyodide}/pyodide.mjs`);
const python = await loadPyodide();
python.runPython(COMPILE);
await writeFile(target, python.FS.readFile("/compiled.zip"));
process.exit(0); // the page's timers would keep it alive
