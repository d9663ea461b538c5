// The ticket of a number is shown under the field before this one is merged with it.
const PAUSE = 200; // ms after the last key

export function numbered(page) {
  let timer;
  page.addEventListener("input", ({ target }) => {
    if (!target.matches("[data-lookup]")) return;
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE, target);
  });

  async function look(field) {
    const wanted = field.value;
    const shown = place(field);
    shown.hidden = !wanted.trim();
    if (shown.hidden) return;
    const answer = await fetch(`${page.dataset.numbered}?q=${encodeURIComponent(wanted)}`, { headers: { "X-Background": "1" } }).catch(() => null);
    if (!answer?.ok || field.value !== wanted) return;
    const { tickets } = await answer.json();
    shown.replaceChildren(...tickets.map(told));
    if (!tickets.length) shown.textContent = "Bu numarada görebildiğiniz başvuru yok.";
  }

  function place(field) {
    const after = field.parentElement.querySelector(".looked-up");
    if (after) return after;
    const shown = Object.assign(document.createElement("div"), { className: "looked-up", hidden: true });
    shown.setAttribute("role", "status");
    field.after(shown);
    return shown;
  }

  function told({ number, about, status, opened, words }) {
    const row = document.createElement("p");
    row.append(Object.assign(document.createElement("b"), { textContent: number }), ` ${about} · ${status} · ${opened}`);
    row.append(document.createElement("br"), Object.assign(document.createElement("span"), { textContent: words, dir: "auto" }));
    return row;
  }
}
