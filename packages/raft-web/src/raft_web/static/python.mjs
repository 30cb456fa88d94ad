// Starts Python with all that the builder packed for it. Paths are absolute URLs.
// What is used of Pyodide beyond its documentation is in here and in the builder's snapshot.mjs.

const MODULES = "/lib/site-modules.zip";
const TABLE_STEP = 64;

async function download(url, signal) {
  const response = await fetch(url, { signal });
  if (!response.ok) throw new Error(`${url} (${response.status})`);
  return response;
}

const inflate = ({ body }) => new Response(body.pipeThrough(new DecompressionStream("deflate")));

// The files of site-packages, from one: a line of JSON, then their contents.
export function split(buffer) {
  const bytes = new Uint8Array(buffer);
  let at = bytes.indexOf(10) + 1;
  const { sizes, linked } = JSON.parse(new TextDecoder().decode(bytes.subarray(0, at)));
  const contents = Object.entries(sizes).map(([name, size]) => [name, bytes.slice(at, (at += size))]);
  return {
    linked: contents.filter(([name]) => linked.includes(name)),
    others: contents.filter(([name]) => !linked.includes(name)),
  };
}

// Pyodide's WebAssembly, which links extension modules before Python starts, and not when they are
// imported: so they lie where they lay when the builder made the snapshot, and another thread
// compiles them. `seen` is shown the module then.
export const linking = (asm, linked, seen) => async (settings) => {
  const { default: create } = await import(asm);
  settings.preRun.push(async (module) => {
    module.addRunDependency("linked");
    seen(module);
    await link(module, await linked);
    module.removeRunDependency("linked");
  });
  return create(settings);
};

async function link({ API, FS, wasmTable }, linked) {
  // Pyodide has put an entry more into the table in some browsers than in others.
  wasmTable.grow(TABLE_STEP - (wasmTable.length % TABLE_STEP));
  for (const [name, content] of linked) {
    const [, folder, file] = /^(.*)\/(.*)$/.exec(`${API.sitePackages}/${name}`);
    FS.mkdirTree(folder);
    await FS.preloadFile(folder, file, content, true, true);
  }
}

// That entry: how Python calls functions whose signature is another than it thinks. Without it, it
// does so by way of JavaScript. A snapshot must not bring the one of the browser it was made in.
export const trampoline = {
  get: (module) => module.HEAP32[trampolinePlace(module)],
  set: (module, value) => (module.HEAP32[trampolinePlace(module)] = value),
};

const trampolinePlace = (module) =>
  (module.__PyRuntime + module.HEAP32[module.__PyEM_EMSCRIPTEN_TRAMPOLINE_OFFSET >> 2]) >> 2;

// Puts the packages where Python finds them.
export function place({ FS, _api }, modules, others) {
  FS.writeFile(MODULES, new Uint8Array(modules));
  for (const [name, content] of others) {
    const path = `${_api.sitePackages}/${name}`;
    FS.mkdirTree(path.replace(/\/[^/]*$/, ""));
    FS.writeFile(path, content);
  }
}

// The standard library, of which a snapshot has what pages need: it comes when the page has started.
// Whoever looks at it before that waits, and the page with him.
function libraryComesLater({ FS, _api }, url, read) {
  const [major, minor] = _api.pyVersionTuple;
  const { node } = FS.lookupPath(`/lib/python${major}${minor}.zip`);
  const arrived = (bytes) => {
    Object.defineProperty(node, "contents", { value: bytes });
    Object.defineProperty(node, "usedBytes", { value: bytes.length });
    return node;
  };
  const stop = new AbortController();
  const now = () => {
    // A browser answers two requests for one file one after the other, and this page would take in
    // the answer to the first only when it waits for the second no more.
    stop.abort();
    return arrived(fetchNow(url));
  };
  Object.defineProperty(node, "contents", { configurable: true, get: () => now().contents });
  Object.defineProperty(node, "usedBytes", { configurable: true, get: () => now().usedBytes });
  const fetchLater = async () => {
    if (stop.signal.aborted) return;
    const response = await read(url, stop.signal);
    arrived(new Uint8Array(await response.arrayBuffer()));
  };
  const failed = (error) => stop.signal.aborted || console.warn("No library yet.", error);
  setTimeout(() => fetchLater().catch(failed), 1000);
}

// Only as text a page may wait for an answer. This character set keeps all bytes apart.
function fetchNow(url) {
  const request = new XMLHttpRequest();
  request.open("GET", url, false);
  request.overrideMimeType("text/plain; charset=x-user-defined");
  request.send();
  if (request.status !== 200) throw new Error(`${url} (${request.status})`);
  return Uint8Array.from(request.responseText, (character) => character.charCodeAt(0) & 255);
}

// From the memory of a Python that has started and imported much.
async function fromSnapshot(load, memory, library, read) {
  try {
    // Pyodide wants a file to put in the library's place: any small one.
    const python = await load({ _loadSnapshot: await memory, stdLibURL: import.meta.url });
    libraryComesLater(python, library, read);
    // All visits would draw the same numbers.
    python.runPython("import random; random.seed()");
    performance.mark("raft-snapshot");
    return python;
  } catch (error) {
    console.warn("Python starts without its snapshot.", error);
    return undefined;
  }
}

async function fromNothing(load, library) {
  const python = await load({ stdLibURL: library });
  python.runPython(`import sys; sys.path.append("${MODULES}")`);
  performance.mark("raft-python");
  return python;
}

export async function startPython(
  { pyodide, abi, snapshot, library, modules, files },
  read = download,
) {
  const memory = read(snapshot).then((response) => inflate(response).arrayBuffer());
  memory.catch(() => {}); // whoever awaits it hears of it
  const zipped = read(modules).then((response) => response.arrayBuffer());
  const packages = read(files).then(async (response) => split(await inflate(response).arrayBuffer()));
  const { loadPyodide } = await import(`${pyodide}pyodide.mjs`);
  const linked = packages.then((parts) => parts.linked);
  const load = async (options) => {
    let fitting;
    const seen = (module) => (fitting = trampoline.get(module));
    const python = await loadPyodide({
      indexURL: pyodide,
      lockFileContents: { info: { abi_version: abi }, packages: {} }, // none in Pyodide's own form
      createPyodideModule: linking(`${pyodide}pyodide.asm.mjs`, linked, seen),
      ...options,
    });
    trampoline.set(python._module, fitting);
    return python;
  };
  const python =
    (await fromSnapshot(load, memory, library, read)) ?? (await fromNothing(load, library));
  place(python, await zipped, (await packages).others);
  performance.mark("raft-packages");
  return python;
}
