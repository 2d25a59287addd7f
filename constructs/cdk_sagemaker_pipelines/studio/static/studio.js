// What pages do by themselves; without it they are complete, but do not change.
const find = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const WAIT = 4500; // milliseconds for an answer, so that a page says within 5 seconds that there is none

const ask = (address, headers = {}) =>
  fetch(address, { headers, cache: "no-store", credentials: "same-origin", signal: AbortSignal.timeout(WAIT) });

const parsed = async (address) => {
  const answer = await ask(address);
  if (!answer.ok) throw new Error(`the console answers ${answer.status}`);
  return new DOMParser().parseFromString(await answer.text(), "text/html");
};

// -- Parts of a page are exchanged for newer ones; the focus, open details and what is being written stay.

const changed = (field) => "value" in field && field.type !== "hidden" && field.value !== (field.defaultValue ?? field.value);
const named = (element) => element.id || element.getAttribute("href") || element.name || element.textContent;

function exchange(id, from) {
  const old = document.getElementById(id), fresh = from.getElementById(id);
  if (!old && !fresh) return;
  if (!old || !fresh) return void (old ? old.remove() : find("#content").append(document.adoptNode(fresh)));
  if (all("input, textarea", old).some(changed)) return; // somebody is writing there
  const focus = old.contains(document.activeElement) ? named(document.activeElement) : null;
  const open = all("details[open]", old).map((each) => named(find("summary", each)));
  const scrolled = [old.scrollLeft, old.scrollTop];
  all("details", fresh).forEach((each) => { if (open.includes(named(find("summary", each)))) each.open = true; });
  old.replaceWith(document.adoptNode(fresh));
  [fresh.scrollLeft, fresh.scrollTop] = scrolled;
  if (focus !== null) {
    const same = all("a, button, summary, input, [tabindex]", fresh).find((each) => named(each) === focus);
    (same ?? (fresh.tabIndex < 0 && (fresh.tabIndex = -1), fresh)).focus({ preventScroll: true });
  }
}

// -- What takes long is filled in later.

for (const link of all("a[data-later]")) {
  parsed(link.href).then((page) => exchange(link.dataset.later, page)).catch(() => {}); // the link is still there
}

// -- An execution goes on.

const live = find("#live");
const signs = live ? JSON.parse(live.dataset.signs) : {};
let ahead = 0, tag = null, last = null, shape = live?.dataset.shape, graph = live?.dataset.graph;

const taken = (seconds) => {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds), two = (number) => String(number).padStart(2, "0");
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
};

function old(text) {
  const note = find("#old");
  if (text === null) { note.hidden = true; return; }
  if (note.hidden) {
    const strong = document.createElement("strong"), rest = document.createElement("span");
    strong.textContent = "This is old: ";
    note.replaceChildren(strong, rest);
    note.dataset.since = new Date().toLocaleTimeString();
    note.hidden = false;
  }
  note.lastElementChild.textContent = `it is how things were before ${note.dataset.since ?? "now"}. ${text}`;
}

function say(text) { find("#said").textContent = text; }

function stated(cell, state, note) {
  const span = document.createElement("span"), sign = document.createElement("span");
  span.className = `state s-${state.toLowerCase().replace(" ", "-")}`;
  sign.setAttribute("aria-hidden", "true");
  sign.textContent = signs[state] ?? (["waiting", "not run"].includes(state) ? "·" : "?");
  span.append(sign, ` ${state}`);
  cell.replaceChildren(span, note ? ` (${note})` : "");
}

// The rows of the table are in the order of the steps; which steps there are is part of the shape.
const lines = () => all("#steps tbody tr");

function tick() { // times and bars, which need no answer
  if (!last) return;
  const now = Date.now() + ahead, end = last.ended ?? now, whole = Math.max(end - last.started, 1);
  const rows = lines();
  for (const [index, [, , , started, ended]] of last.steps.entries()) {
    const row = rows[index];
    if (!row || started === null) continue;
    const until = ended ?? now, took = find(".took", row), bar = find(".bar", row), rect = bar.firstElementChild;
    const text = taken(Math.max(until - started, 0) / 1000);
    if (took.textContent !== text) took.textContent = text;
    const x = Math.min(Math.max((100 * (started - last.started)) / whole, 0), 99.6);
    rect.setAttribute("x", `${x.toFixed(1)}%`);
    rect.setAttribute("width", `${Math.min(Math.max((100 * (until - started)) / whole, 0.4), 100 - x).toFixed(1)}%`);
  }
  const run = find("[data-run]"), of = find("#head")?.dataset.of;
  const own = of && last.steps.find(([name]) => name === of);
  const [from, to] = own ? [own[3], own[4]] : [last.started, last.ended];
  if (run && from !== null) run.textContent = taken(Math.max((to ?? now) - from, 0) / 1000);
}

async function show(next) {
  const before = new Map((last?.steps ?? []).map((step) => [step[0], step[1]]));
  for (const [index, row] of next.shape === shape && last ? lines().entries() : []) {
    const step = next.steps[index];
    if (!step || step[1] === before.get(step[0])) continue;
    stated(find(".is", row), step[1], step[2]);
    find(".bar", row).setAttribute("class", `bar s-${step[1].toLowerCase().replace(" ", "-")}`);
    const began = find(".began", row);
    if (step[3] !== null && !began.textContent.trim()) began.textContent = new Date(step[3]).toLocaleString();
  }
  const failed = next.steps.filter(([name, state]) => state === "Failed" && last && before.get(name) !== "Failed");
  const news = failed.map(([name]) => `${name} failed.`);
  if (last && next.state !== last.state) news.push(`The execution is ${next.state}.`);
  if (news.length) say(news.join(" "));
  const of = find("#head")?.dataset.of, own = (told) => told?.steps.find(([name]) => name === of)?.slice(1).join();
  last = next;
  tick();
  if (next.shape !== shape || (of && own(next) !== live.dataset.own)) {
    const page = await parsed(location.href);
    for (const id of ["head", "why", "do", "steps", "graph", "answer", "decision", "package", "arguments", "data", "role"]) {
      if (document.getElementById(id)?.matches("[data-live], #graph") || of) exchange(id, page);
    }
    if (of && !find("#log") && page.getElementById("log")) { exchange("log", page); follow(); }
    [shape, graph] = [next.shape, next.graph];
    if (of) live.dataset.own = own(next);
    tick();
  } else if (next.graph !== graph) {
    if (live.dataset.graphAt) exchange("graph", await parsed(live.dataset.graphAt));
    graph = next.graph;
  }
}

async function look() {
  let pause = Number(live.dataset.every);
  try {
    const answer = await ask(live.dataset.state, tag ? { "If-None-Match": tag } : {});
    const time = Number(answer.headers.get("Smpipe-Time"));
    if (time) ahead = time - Date.now();
    if (answer.status === 304) { old(last.trouble); }
    else if (!answer.ok) { old(`The console answers ${answer.status}.`); }
    else {
      const next = await answer.json();
      old(next.trouble);
      await show(next);
      tag = answer.headers.get("ETag"); // only now: what could not be shown is asked for again
      if (next.over && !next.trouble) return;
    }
  } catch {
    old("The console does not answer; trying again.");
  }
  setTimeout(() => (document.hidden ? document.addEventListener("visibilitychange", look, { once: true }) : look()), pause);
}

if (live) {
  if (live.dataset.over !== "true") { look(); setInterval(tick, 1000); }
}

// -- A log goes on.

function follow() {
  const lines = find("#lines"), button = find("#pause");
  if (!lines || !("running" in lines.dataset)) return;
  let paused = false;
  button.hidden = false;
  button.onclick = () => {
    paused = !paused;
    button.setAttribute("aria-pressed", String(paused));
    button.textContent = paused ? "Go on" : "Pause";
  };
  lines.scrollTop = lines.scrollHeight;
  const more = async () => {
    try {
      if (!paused && !document.hidden) {
        const { log, find: wanted, next, most } = lines.dataset;
        const answer = await ask(`${log}?${new URLSearchParams({ after: next, find: wanted })}`);
        const news = await answer.json();
        const atEnd = lines.scrollTop + lines.clientHeight >= lines.scrollHeight - 4;
        for (const line of news.lines) lines.append(`${line}\n`);
        while (lines.childNodes.length > most) lines.firstChild.remove();
        if (news.lines.length) find("#empty")?.remove();
        if (atEnd) lines.scrollTop = lines.scrollHeight;
        lines.dataset.next = news.next;
        if (!news.running) { button.hidden = true; return; }
      }
    } catch { /* the note above says that nothing answers */ }
    setTimeout(more, Number(live.dataset.every));
  };
  more();
}
follow();
