// What pages do by themselves; without it they are complete, but do not change.
const find = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const WAIT = 4500, SILENCE = 3900; // milliseconds for an answer, and until a page says that there is none
const PATIENCE = 60000; // for a forecast, which may ask for much

const asked = (address, headers = {}) => fetch(address, { headers, cache: "no-store", signal: AbortSignal.timeout(WAIT) });

async function pageAt(address) {
  const answer = await asked(address);
  if (!answer.ok) throw new Error(`${answer.status}`);
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

// Parts of a page are exchanged for newer ones; the focus, open details and what is being written stay.
const named = (element) => element.id || element.getAttribute("href") || element.name || element.textContent;

function exchange(id, page) {
  const old = document.getElementById(id), fresh = page.getElementById(id);
  if (!old || !fresh || all("input", old).some((field) => field.value !== field.defaultValue)) return;
  const focus = old.contains(document.activeElement) ? named(document.activeElement) : null;
  const open = all("details[open]", old).map((each) => named(find("summary", each)));
  const scrolled = all(".wide, pre", old).map((each) => [each.scrollLeft, each.scrollTop]), at = [old.scrollLeft, old.scrollTop];
  for (const each of all("details", fresh)) each.open ||= open.includes(named(find("summary", each)));
  old.replaceWith(document.adoptNode(fresh));
  [fresh.scrollLeft, fresh.scrollTop] = at;
  for (const [index, each] of all(".wide, pre", fresh).entries()) [each.scrollLeft, each.scrollTop] = scrolled[index] ?? [0, 0];
  if (focus === null) return;
  const same = [fresh, ...all("a, button, summary, input, [tabindex]", fresh)].find((each) => named(each) === focus);
  if (!same) fresh.tabIndex = -1;
  (same ?? fresh).focus({ preventScroll: true });
}

// What takes long is filled in later; without an answer the link is still there.
const later = all("a[data-later]").map((link) => [link.dataset.later, link.href]);
const fill = () => later.forEach(([id, address]) => pageAt(address).then((page) => exchange(id, page), () => {}));
fill();

// An execution goes on.
const live = find("#live")?.dataset, of = find("#head")?.dataset.of;
const signs = live && JSON.parse(live.signs);
let ahead = 0, tag = null, last = null, heard = Date.now();

const two = (number) => String(Math.floor(number)).padStart(2, "0");
function taken(seconds) {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two((whole % 3600) / 60)} min`;
}

function absolute(time) {
  const at = new Date(time), zone = -at.getTimezoneOffset(), hours = Math.abs(zone) / 60;
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join("-");
  const name = zone ? `UTC${zone < 0 ? "-" : "+"}${two(hours)}:${two(Math.abs(zone) % 60)}` : "UTC";
  return `${day} ${[at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(":")} ${name}`;
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function old(text) {
  const note = find("#old");
  note.hidden = !text;
  if (text) write(note.lastElementChild, text);
}

function restate(row, [, state, note, started]) {
  const kind = state.toLowerCase().replace(/[^a-z0-9]/g, "-"), sign = signs[state] ?? "?", cell = find(".is", row);
  if (cell.textContent === `${sign} ${state}${note && ` (${note})`}`) return;
  const shown = document.createElement("span"), glyph = document.createElement("span");
  shown.className = `state s-${kind}`;
  glyph.ariaHidden = "true";
  glyph.append(sign);
  shown.append(glyph, ` ${state}`);
  cell.replaceChildren(shown, note && ` (${note})`);
  find(".bar", row).setAttribute("class", `bar s-${kind}`);
  if (started !== null) write(find(".began", row), absolute(started));
}

function tick() { // times and bars, which need no answer
  if (Date.now() - heard > SILENCE && !document.hidden) old(`There was no answer since ${absolute(heard)}.`);
  if (!last) return;
  const now = Date.now() + ahead, whole = Math.max((last.ended ?? now) - last.started, 1);
  for (const [index, row] of all("#steps tbody tr").entries()) { // in the order of the steps
    const [, , , started, ended] = last.steps[index] ?? [0, 0, 0, null];
    if (started === null) continue;
    const ran = Math.max((ended ?? now) - started, 0), bar = find("rect", row);
    write(find(".took", row), taken(ran / 1000));
    const x = Math.min(Math.max((100 * (started - last.started)) / whole, 0), 99.6);
    bar.setAttribute("x", `${x.toFixed(1)}%`);
    bar.setAttribute("width", `${Math.min(Math.max((100 * ran) / whole, 0.4), 100 - x).toFixed(1)}%`);
  }
  const [started, ended] = of ? (step(last)?.slice(3) ?? [null]) : [last.started, last.ended];
  if (started !== null) write(find("[data-run]"), taken(Math.max((ended ?? now) - started, 0) / 1000));
}

const step = (progress) => progress.steps.find(([name]) => name === of);

async function show(next) {
  const before = new Map(last?.steps);
  const news = last ? next.steps.filter(([name, state]) => state === "Failed" && before.get(name) !== state) : [];
  const sentences = [...news.map(([name]) => `${name} failed.`), ...(last && last.state !== next.state ? [`The execution is ${next.state}.`] : [])];
  if (sentences.length) write(find("#said"), sentences.join(" ")); // read to those who do not see the page
  const own = of ? (step(next)?.slice(1).join() ?? "") : "";
  last = next;
  if (next.shape !== live.shape || own !== live.own || find("[data-soon]")) {
    const page = await pageAt(location.href), logged = find("#lines");
    for (const each of all("[data-live]")) if (each.id !== "log" || !logged) exchange(each.id, page);
    if (!logged) follow();
    if (next.shape !== live.shape) fill();
  } else {
    for (const [index, row] of all("#steps tbody tr").entries()) restate(row, next.steps[index]);
    if (next.graph !== live.graph && live.graphAt) exchange("graph", await pageAt(live.graphAt));
  }
  Object.assign(live, { shape: next.shape, graph: next.graph, own });
  tick();
}

async function look() {
  try {
    const answer = await asked(live.state, tag ? { "If-None-Match": tag } : {});
    heard = Date.now();
    ahead = Number(answer.headers.get("Smpipe-Time")) - Date.now();
    if (answer.ok) {
      const next = await answer.json();
      old(next.trouble);
      await show(next);
      tag = answer.headers.get("ETag"); // only now: what could not be shown is asked for again
      if (next.over && !next.trouble) return (heard = Infinity);
    } else old(answer.status === 304 ? last.trouble : `The console answers ${answer.status}; if it was started again, open the link that it printed.`);
  } catch {
    old("The console does not answer. Is it still running?");
  }
  setTimeout(() => (document.hidden ? addEventListener("visibilitychange", look, { once: true }) : look()), live.every);
}

if (live && live.over !== "true") {
  look();
  setInterval(tick, 1000);
}

// A log goes on.
function follow() {
  const lines = find("#lines"), button = find("#pause");
  if (!lines || lines.dataset.running === undefined) return;
  button.hidden = false;
  button.onclick = () => {
    button.ariaPressed = button.ariaPressed === "true" ? "false" : "true";
  };
  const end = () => { lines.scrollTop = lines.scrollHeight; };
  end();
  const more = async () => {
    if (button.ariaPressed !== "true" && !document.hidden) {
      const { log, find: wanted, next, most } = lines.dataset;
      const news = await asked(`${log}?${new URLSearchParams({ after: next, find: wanted })}`).then((answer) => answer.json(), () => null);
      const atEnd = lines.scrollTop + lines.clientHeight >= lines.scrollHeight - 4;
      for (const line of news?.lines ?? []) lines.append(`${line}\n`);
      while (lines.childNodes.length > most) lines.firstChild.remove();
      if (lines.firstChild) find("#empty")?.remove();
      if (atEnd) end();
      if (news) lines.dataset.next = news.next;
      if (news && !news.running) return (button.hidden = true);
    }
    setTimeout(more, live.every);
  };
  more();
}
follow();

// Pipelines: how the latest executions ended, of the rows that are seen.
const seen = new Set();
const watcher = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) isIntersecting ? seen.add(target) : seen.delete(target);
});
for (const cell of document.querySelectorAll("[data-runs]")) watcher.observe(cell);

function glyph(run, first) {
  const made = document.createElement(first ? "a" : "span");
  made.className = run.style;
  made.title = `${run.state}, ${run.started}`;
  made.textContent = first ? `${run.glyph} ${run.state}` : run.glyph;
  if (first) made.href = run.address;
  else {
    made.role = "img";
    made.ariaLabel = run.state;
  }
  return made;
}

async function fillRuns() {
  const cells = [...seen].slice(0, 20);
  let wait = 500;
  if (cells.length && !document.hidden) {
    const names = cells.map((cell) => ["p", cell.dataset.runs]);
    const { runs = {} } = await fetch(`/runs?${new URLSearchParams(names)}`).then((answer) => answer.json()).catch(() => ({}));
    if (!Object.keys(runs).length) wait = 5000;
    for (const cell of cells.filter((each) => Object.hasOwn(runs, each.dataset.runs))) {
      const found = runs[cell.dataset.runs];
      cell.replaceChildren(...(found.trouble ? [found.trouble] : found.flatMap((run, at) => [glyph(run, !at), " "])));
      watcher.unobserve(cell);
      seen.delete(cell);
    }
  }
  setTimeout(fillRuns, wait);
}
if (document.querySelector("[data-runs]")) fillRuns();

// The form of a start: what would run is shown anew as its fields change.

function forecasting(form) {
  const beside = find("#forecast");
  let timer, latest = 0;
  const show = async () => {
    const mine = ++latest, fields = new URLSearchParams(new FormData(form)), address = form.dataset.forecast;
    beside.setAttribute("aria-busy", "true");
    try {
      const signal = AbortSignal.timeout(PATIENCE), post = { method: "POST", body: fields, signal };
      const answer = await (form.method === "post" ? fetch(address, post) : fetch(`${address}?${fields}`, { signal }));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (mine === latest) beside.replaceChildren(...(find("main", page) ?? page.body).childNodes);
    } catch (error) {
      const late = `There was no answer within ${PATIENCE / 1000} s; change a field to ask again.`;
      if (mine === latest) beside.textContent = error.name === "TimeoutError" ? late : "The console does not answer.";
    }
    if (mine === latest) beside.removeAttribute("aria-busy");
  };
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(show, 400); });
  if (!find("table", beside) && !find("#errors")) show(); // of a form that was sent, the mistakes are shown already
}
all("form[data-forecast]").forEach(forecasting);
