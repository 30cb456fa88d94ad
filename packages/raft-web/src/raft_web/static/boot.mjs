// Starts Python in the page, and says why if it cannot. All else is in raft_web.shell.
import { startPython } from "./python.mjs";

const root = document.documentElement;
const config = JSON.parse(document.getElementById("raft-config").textContent);
const field = (name) => document.querySelector(`[data-field="${name}"]`);

class CannotRun extends Error {
  constructor(sentence, hint) {
    super(sentence);
    this.hint = hint;
  }
}

function checkBrowser() {
  const current = "Use a current Chromium, Chrome, Edge or Firefox.";
  if (!window.isSecureContext) {
    throw new CannotRun(
      `Browsers give ${location.host} no secure context, and without one no locks between tabs.`,
      "Open this page over https://, or on a name that ends in .localhost.",
    );
  }
  if (typeof WebAssembly !== "object") {
    throw new CannotRun("This browser has no WebAssembly, so it cannot run Python.", current);
  }
  if (typeof RTCPeerConnection !== "function") {
    throw new CannotRun(
      "This browser has no WebRTC, so its windows cannot talk to each other.",
      current,
    );
  }
  if (!navigator.locks) {
    throw new CannotRun(
      "This browser has no Web Locks, so two tabs could act as the same member.",
      current,
    );
  }
  try {
    window.localStorage.getItem("raft-web");
    window.indexedDB.open;
  } catch {
    throw new CannotRun(
      "This browser does not let the page store anything, and a member must remember what it promised.",
      "Allow cookies and site data for this page, or leave private browsing, then try again.",
    );
  }
}

const missing = (what) =>
  new CannotRun(
    `Not all parts of Python arrived: ${what}.`,
    "Look whether the web server is still running, then try again.",
  );

// Asks for a file once more that seems not to have arrived; a browser that does not tell is no proof.
async function makeSure(url, fail) {
  try {
    const { ok, status } = await fetch(url, { method: "HEAD", cache: "no-store" });
    if (!ok) fail(missing(`${url} (${status})`));
  } catch (error) {
    fail(missing(`${url} (${error.message})`));
  }
}

// Counts the files that arrived, by the sizes the builder knew: streams of our own would keep the
// browser from caching the compiled WebAssembly.
function showProgress(served, fail) {
  const sizes = new Map(served.map(([path, size]) => [new URL(path, location.href).href, size]));
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  let loaded = 0;
  const count = (entries) => {
    for (const { name, responseStatus } of entries) {
      if (sizes.has(name) && !(responseStatus > 0 && responseStatus < 400)) makeSure(name, fail);
      loaded += sizes.get(name) ?? 0;
      sizes.delete(name);
    }
    field("progress").value = loaded / total;
    field("amount").textContent =
      `${(loaded / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(1)} MB`;
  };
  const observer = new PerformanceObserver((list) => count(list.getEntries()));
  observer.observe({ type: "resource", buffered: true });
}

async function loadSite() {
  const response = await fetch(new URL("../site.json", location.href), { cache: "no-cache" });
  if (!response.ok) {
    throw new CannotRun(
      `The web server has no site.json (it answered ${response.status}).`,
      "Serve the whole folder that `raft-web build` made.",
    );
  }
  return response.json();
}

const absolute = (path) => new URL(path, location.href).href;

function loadPython() {
  const paths = ["pyodide", "snapshot", "library", "modules", "files"];
  const urls = Object.fromEntries(paths.map((name) => [name, absolute(config[name])]));
  return startPython({ abi: config.abi, ...urls });
}

// Gives the ticker when it ticks: if its script does not arrive, an event says so, and nothing else.
function startTicker() {
  const url = new URL("ticker.js", import.meta.url);
  const ticker = new Worker(url);
  return new Promise((resolve, reject) => {
    ticker.onmessage = () => resolve(ticker);
    ticker.onerror = () => reject(missing(url));
  });
}

export function showError(sentence, hint) {
  for (const screen of document.querySelectorAll("[data-screen]")) {
    screen.hidden = screen.dataset.screen !== "error";
  }
  field("error-text").textContent = sentence;
  field("error-hint").textContent = hint ?? "";
  root.dataset.raft = "error";
  field("error-title").focus();
}

document.addEventListener("click", ({ target }) => {
  if (target.closest('[data-action="reload"]')) location.reload();
});

// What is fixed to the lower edge grows with its messages. The styles leave as much room below a page.
new ResizeObserver(([{ target }]) => {
  root.style.setProperty("--raft-foot", `${target.offsetHeight}px`);
}).observe(document.querySelector("#raft-shell .foot"));

// Pyodide goes on waiting for ever when its WebAssembly does not arrive: only the browser says so.
let stopLoading;
const failure = new Promise((_, reject) => {
  stopLoading = reject;
});
const onRejection = ({ reason }) => stopLoading(missing(reason?.message ?? reason));

try {
  checkBrowser();
  addEventListener("unhandledrejection", onRejection);
  showProgress(config.sizes, stopLoading);
  const parts = Promise.all([loadSite(), loadPython(), startTicker()]);
  const [site, python, ticker] = await Promise.race([failure, parts]);
  removeEventListener("unhandledrejection", onRejection);
  const shell = python.pyimport("raft_web.shell");
  performance.mark("raft-imports");
  shell.start(JSON.stringify({ ...config, ...site }), ticker);
} catch (error) {
  console.error(error);
  if (error instanceof CannotRun) {
    showError(error.message, error.hint);
  } else {
    showError(
      `Python did not start: ${String(error.message ?? error).trim().split("\n").pop()}`,
      "Look whether the web server is still running, then try again. The browser's console has the details.",
    );
  }
}
