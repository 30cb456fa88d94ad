// Loads Python with all that the builder packed for it. Paths are absolute URLs.

// One for each site, also where two share an origin.
const storeName = (url) => `raft-web ${new URL("../..", url).pathname}`;

async function download(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} (${response.status})`);
  return response.arrayBuffer();
}

// The memory of a Python that has started, if an earlier visit kept it. A first visit does without:
// it would have to wait for the download longer than Python takes to start.
async function keptSnapshot(url) {
  const kept = await globalThis.caches?.match(url, { cacheName: storeName(url) });
  return kept && new Response(kept.body.pipeThrough(new DecompressionStream("deflate"))).arrayBuffer();
}

// Has the next visit start sooner.
export async function keepSnapshot(url) {
  const store = await caches.open(storeName(url));
  for (const kept of await store.keys()) {
    if (kept.url !== url) await store.delete(kept);
  }
  if (!(await store.match(url))) await store.add(url);
}

async function loadSnapshot(loadPyodide, options, url) {
  try {
    const memory = await keptSnapshot(url);
    if (memory === undefined) return undefined;
    const python = await loadPyodide({ ...options, _loadSnapshot: memory });
    // All visits would draw the same numbers.
    python.runPython("import random; random.seed()");
    return python;
  } catch (error) {
    console.warn("Python starts without its snapshot.", error);
    await globalThis.caches?.delete(storeName(url)).catch(() => {});
    return undefined;
  }
}

export async function startPython({ pyodide, abi, snapshot, modules, files }, read = download) {
  const archives = Promise.all([read(modules), read(files)]);
  const { loadPyodide } = await import(`${pyodide}pyodide.mjs`);
  // There are no packages in Pyodide's own form.
  const lockFileContents = { info: { abi_version: abi }, packages: {} };
  const options = { indexURL: pyodide, lockFileContents };
  const restored = await loadSnapshot(loadPyodide, options, snapshot);
  const python = restored ?? (await loadPyodide(options));
  performance.mark(restored ? "raft-snapshot" : "raft-python");
  const [zipped, unpacked] = await archives;
  python.unpackArchive(unpacked, "wheel"); // into site-packages
  python.FS.writeFile("/lib/site-modules.zip", new Uint8Array(zipped));
  python.runPython("import sys; sys.path.append('/lib/site-modules.zip')");
  performance.mark("raft-packages");
  return python;
}
