// Keeps the figures of the page `/` up to date. Without this script they are those of
// the moment in which the page was made.

const state = document.querySelector("#live-state");
const section = state.closest("section");

watch();

function watch() {
  const events = new EventSource("/events");
  events.addEventListener("open", () => say("live, once a second", true));
  events.addEventListener("message", (event) => show(JSON.parse(event.data)));
  events.addEventListener("error", () => {
    say("not live: the app has gone, or too many watch", false);
    // The browser itself asks again after a stream that ended, and never again after
    // an answer that was none.
    if (events.readyState === EventSource.CLOSED) setTimeout(watch, 10_000);
  });
}

function say(text, isLive) {
  state.textContent = text;
  section.classList.toggle("on", isLive);
}

function show({ figures, spark, budget, blocked }) {
  for (const [name, text] of Object.entries(figures)) {
    const element = document.querySelector(`[data-figure="${name}"]`);
    // What stays the same is left alone: one of them is read out when it changes.
    if (element.textContent !== text) element.textContent = text;
  }
  document.querySelector("#spark").setAttribute("points", spark);
  Object.assign(document.querySelector("#budget"), { max: budget.allowed, value: budget.spent });
  document.querySelector("#budget-text").textContent = `${budget.spent} of ${budget.allowed}`;
  if (blocked.length > 0) document.querySelector("#blocked").replaceChildren(...blocked.map(row));
  section.dataset.requests = figures.requests;
}

function row({ line, what }) {
  const item = document.createElement("li");
  const code = document.createElement("code");
  const about = document.createElement("small");
  code.textContent = line;
  about.textContent = what;
  item.append(code, " ", about);
  return item;
}
