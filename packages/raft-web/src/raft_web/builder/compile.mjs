// Compiles Python with the very Python that will run in the page:
// node compile.mjs PYODIDE < JOBS, see bytecode.py
import { readFile, writeFile } from "node:fs/promises";
import { text } from "node:stream/consumers";

const COMPILE = `
import py_compile, sys, tempfile, zipfile
from pathlib import Path

def compiled_name(name, layout):
    folder, _, file = name.rpartition("/")
    if layout == "pycache":
        return f"{folder}/__pycache__/{file[:-3]}.{sys.implementation.cache_tag}.pyc".lstrip("/")
    return f"{name}c"

def compile_all(base, layout, keep):
    with zipfile.ZipFile("/source.zip") as source, zipfile.ZipFile("/target.zip", "w") as target:
        def put(name, data):
            target.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED, 9)

        with tempfile.TemporaryDirectory() as scratch:
            file, compiled = Path(scratch, "source.py"), Path(scratch, "compiled.pyc")
            for name in sorted(source.namelist()):
                data = source.read(name)
                compiles = name.endswith(".py")
                if compiles:
                    file.write_bytes(data)
                    try:
                        py_compile.compile(
                            str(file),
                            str(compiled),
                            f"{base}/{name}",
                            doraise=True,
                            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
                        )
                    except py_compile.PyCompileError:
                        compiles = False  # of another Python: who imports it will see
                if keep or not compiles:
                    put(name, data)
                if compiles:
                    put(compiled_name(name, layout), compiled.read_bytes())

compile_all
`;

const [pyodide] = process.argv.slice(2);
const { loadPyodide } = await import(`${pyodide}/pyodide.mjs`);
const python = await loadPyodide();
const compileAll = python.runPython(COMPILE);
for (const { source, target, base, layout, keep } of JSON.parse(await text(process.stdin))) {
  python.FS.writeFile("/source.zip", await readFile(source));
  compileAll(base, layout, keep);
  await writeFile(target, python.FS.readFile("/target.zip"));
}
process.exit(0); // the page's timers would keep it alive
