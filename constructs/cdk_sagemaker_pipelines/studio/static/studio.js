// What pages do by themselves; without it they are complete, but do not change.

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
    const answer = await fetch(`/runs?${new URLSearchParams(names)}`).catch(() => null);
    const { runs = {} } = answer?.ok ? await answer.json() : {};
    if (!Object.keys(runs).length) wait = 5000;
    for (const cell of cells.filter((each) => each.dataset.runs in runs)) {
      const found = runs[cell.dataset.runs];
      cell.replaceChildren(...(found.trouble ? [found.trouble] : found.flatMap((run, at) => [glyph(run, !at), " "])));
      watcher.unobserve(cell);
      seen.delete(cell);
    }
  }
  setTimeout(fillRuns, wait);
}
if (document.querySelector("[data-runs]")) fillRuns();
