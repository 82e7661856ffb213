// The page `/`: fetches routes and shows what came of it. Without this script
// the links open the routes, and the rest of the page is as good.

const panel = document.querySelector("#result");
const facts = document.querySelector("#facts");
const text = document.querySelector("#text");
const mostText = 4000;
// What the browser itself says about it, once a body has come whole.
let latest = 0;

for (const link of document.querySelectorAll(".tries a")) {
  link.addEventListener("click", (event) => {
    // A click with a key held wants a tab of its own.
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    attempt(link.getAttribute("href"));
  });
}

for (const button of document.querySelectorAll("button[data-path]")) {
  button.disabled = false;
  button.removeAttribute("title");
  button.addEventListener("click", () => attempt(button.dataset.path, button.dataset.body));
}

document.querySelector("#close").addEventListener("click", () => {
  panel.hidden = true;
});

const measureButton = document.querySelector("#measure");
measureButton.disabled = false;
measureButton.addEventListener("click", measure);
// So that a link, or a program that takes pictures, can start it.
if (location.hash === "#measured") measure();

// One route, shown in the panel as it comes.
async function attempt(path, body) {
  const attempts = ++latest;
  const shown = (show) => attempts === latest && show();
  document.querySelector("#result-title").textContent = (body === undefined ? "GET " : "POST ") + path;
  facts.replaceChildren();
  text.textContent = "";
  panel.hidden = false;
  const options = body === undefined ? {} : { method: "POST", body };
  if (body) options.headers = { "content-type": "application/json" };
  try {
    const result = await load(path, options, (part, ms) =>
      shown(() => {
        if (isStream(path)) text.textContent += `${String(ms).padStart(4)} ms  ${part.trim()}\n`;
        else if (text.textContent.length < mostText) text.textContent += part.slice(0, mostText);
      }));
    shown(() => fact(result));
  } catch (error) {
    shown(() => {
      text.textContent += `\n${error}. The connection ended before its answer did.`;
    });
  }
}

function isStream(path) {
  return path === "/stream" || path === "/chunks";
}

function fact(result) {
  const rows = {
    Status: result.status,
    "Content-Type": result.headers.get("content-type"),
    "Content-Encoding": result.headers.get("content-encoding") ?? "none",
    Vary: result.headers.get("vary"),
    ETag: result.headers.get("etag"),
    "Cache-Control": result.headers.get("cache-control"),
    "Bytes sent": `${number(result.sent)} of ${number(result.length)}${saved(result)}`,
    "First bytes": `${result.first} ms`,
    "Last bytes": `${result.last} ms`,
  };
  for (const [name, value] of Object.entries(rows)) {
    if (value === null) continue;
    const term = document.createElement("dt");
    const description = document.createElement("dd");
    term.textContent = name;
    description.textContent = value;
    facts.append(term, description);
  }
}

function saved({ sent, length }) {
  return sent < length ? `, ${Math.round(100 * (1 - sent / length))} % less` : "";
}

// Every cell of the table, one after the other, so that none has to wait for
// what the server does for another.
async function measure() {
  measureButton.disabled = true;
  for (const cell of document.querySelectorAll("#codings td")) await fill(cell);
  measureButton.disabled = false;
  document.body.dataset.measured = "";
}

async function fill(cell) {
  const { coding } = cell.dataset;
  const path = cell.parentElement.dataset.path;
  const query = coding && `${path.includes("?") ? "&" : "?"}accept-encoding=${coding}`;
  cell.textContent = "…";
  try {
    const result = await load(path + query);
    const encoding = result.headers.get("content-encoding") ?? "identity";
    const bytes = document.createElement("b");
    bytes.textContent = `${number(result.sent)} B`;
    bytes.style.setProperty("--share", `${Math.round((100 * result.sent) / Math.max(result.length, result.sent, 1))}%`);
    const details = document.createElement("small");
    const times = result.first === result.last ? result.last : `${result.first}–${result.last}`;
    details.textContent = `${encoding}, ${times} ms`;
    // What was asked for is not always what is best: small bodies stay as they are.
    cell.replaceChildren(bytes, details);
  } catch {
    cell.textContent = "failed";
    cell.className = "bad";
  }
}

// Fetches a route, and calls `onPart` with each part of the text as it comes.
async function load(path, options = {}, onPart = () => {}) {
  const start = performance.now();
  const since = () => Math.round(performance.now() - start);
  const response = await fetch(path, { ...options, cache: "no-store" });
  const decoder = new TextDecoder();
  let length = 0;
  let first;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    first ??= since();
    length += value.length;
    onPart(decoder.decode(value, { stream: true }), since());
  }
  const last = since();
  const { status, headers } = response;
  return { status, headers, length, sent: await sentBytes(response, start, length), first: first ?? last, last };
}

// The browser notes it a moment after the body's end.
async function sentBytes(response, start, otherwise) {
  for (let tries = 0; tries < 20; tries++) {
    const entry = performance.getEntriesByName(response.url).findLast((e) => e.startTime >= start - 1);
    if (entry?.responseEnd) return entry.encodedBodySize || otherwise;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return otherwise;
}

function number(value) {
  return value.toLocaleString("en");
}
