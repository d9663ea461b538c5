// A half-written reply outlives a note that is added meanwhile, a move, a look at another ticket: as long as the tab. What
// has been sent is kept until the next page, which may be that of signing in (melikgazi/session.js).
export function drafts(page) {
  for (const area of page.querySelectorAll("#composer textarea")) {
    const key = `${page.dataset.address}#${area.id}`;
    area.value ||= sessionStorage.getItem(`draft:${key}`) ?? "";
    area.addEventListener("input", () => sessionStorage.setItem(`draft:${key}`, area.value));
    area.form.addEventListener("submit", () => {
      if (area.value) sessionStorage.setItem(`sent:${key}`, area.value);
      sessionStorage.removeItem(`draft:${key}`);
    });
  }
}
