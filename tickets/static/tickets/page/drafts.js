// A half-written reply outlives a note that is added meanwhile, a move, a look at another ticket: as long as the tab.
export function drafts(page) {
  for (const area of page.querySelectorAll("#composer textarea")) {
    const key = `${page.dataset.address}#${area.id}`;
    area.value ||= sessionStorage.getItem(key) ?? "";
    area.addEventListener("input", () => sessionStorage.setItem(key, area.value));
    area.form.addEventListener("submit", () => sessionStorage.removeItem(key));
  }
}
