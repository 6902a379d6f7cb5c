// What a visitor does becomes a request; the answer's pieces take their places on the page.
"use strict";
const at = (selector) => document.querySelector(selector);
const chosen = (name) => at(`input[name=${name}]:checked`)?.value;
const sliders = [...document.querySelectorAll("[data-expert]")];
const waiting = new Map();
let visit = "", busy = false;

// One request at a time; of those of a kind that come meanwhile the last one counts.
function ask(path, values, body) {
  const kind = path + (values.expert ?? "");
  const where = { task: chosen("task") ?? "", level: chosen("level") ?? "-1" };
  waiting.delete(kind);
  waiting.set(kind, [path, { ...where, ...values }, body]);
  if (!busy) send();
}

async function send() {
  const [kind, [path, values, body]] = waiting.entries().next().value;
  waiting.delete(kind);
  busy = true;
  if (path === "/open") at("#gallery").classList.add("busy");
  try {
    const query = new URLSearchParams({ visit, ...values });
    const answer = await fetch(`${path}?${query}`, { method: "POST", body, headers: { "X-Polytask": "page" } });
    if (!answer.ok) throw new Error(await answer.text());
    show(await answer.json());
  } catch (error) {
    at("#message").textContent = "";
    const line = document.createElement("p");
    line.className = "message";
    line.textContent = error instanceof TypeError ? "the server does not answer: is polytask demo still running?" : error.message;
    at("#message").append(line);
  } finally {
    busy = false;
    at("#gallery").classList.remove("busy");
    if (waiting.size) send();
  }
}

function show(page) {
  visit = page.visit;
  for (const name of ["message", "photo", "gallery", "gates", "comparison"]) {
    if (page[name] !== null && at(`#${name}`)) at(`#${name}`).innerHTML = page[name].trim();
  }
  for (const slider of sliders) slider.disabled = !visit;
  (page.sliders ?? []).forEach((value, expert) => { sliders[expert].value = value; say(sliders[expert], value); });
}

function say(slider, value) {
  slider.style.setProperty("--at", `${value}%`);
  slider.closest("label").querySelector("output").textContent = `${value} %`;
}

function bring(file) {
  if (file) ask("/open", { name: file.name || "photo" }, file);
}

for (const name of ["#tasks", "#levels"]) at(name)?.addEventListener("change", () => ask("/turn", {}));
for (const slider of sliders) {
  slider.addEventListener("input", () => {
    say(slider, slider.value);
    ask("/move", { expert: slider.dataset.expert, value: slider.value });
  });
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-only], [data-example], #reset, [data-task]");
  if (!button) return;
  if (button.id === "reset") ask("/reset", {});
  else if (button.dataset.only) ask("/only", { expert: button.dataset.only });
  else if (button.dataset.example) ask("/example", { example: button.dataset.example });
  else if (sliders.length) { at(`input[name=task][value="${button.dataset.task}"]`).checked = true; ask("/turn", {}); }
});
at("#file").addEventListener("change", (event) => { bring(event.target.files[0]); event.target.value = ""; });
document.addEventListener("paste", (event) => bring(event.clipboardData.files[0]));
document.addEventListener("dragover", (event) => { event.preventDefault(); at("#drop").classList.add("over"); });
document.addEventListener("dragleave", () => at("#drop").classList.remove("over"));
document.addEventListener("drop", (event) => {
  event.preventDefault();
  at("#drop").classList.remove("over");
  bring(event.dataTransfer.files[0]);
});
