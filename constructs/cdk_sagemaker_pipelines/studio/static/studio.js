// What pages do by themselves; without it they are complete, but do not change.

// The form of a start: what would run is shown anew as its fields change.
const form = document.querySelector("form[data-forecast]");
if (form) {
  const beside = document.getElementById("forecast");
  let timer, latest = 0;
  const ask = async () => {
    const mine = ++latest;
    const fields = new URLSearchParams(new FormData(form));
    const request = form.method === "post" ? [form.dataset.forecast, { method: "POST", body: fields }] : [`${form.dataset.forecast}?${fields}`];
    beside.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(...request);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (mine === latest) beside.replaceChildren(...(page.querySelector("main") ?? page.body).childNodes);
    } catch {
      if (mine === latest) beside.textContent = "The console does not answer.";
    }
    if (mine === latest) beside.removeAttribute("aria-busy");
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 400);
  });
  if (!beside.querySelector("table")) ask();
}
