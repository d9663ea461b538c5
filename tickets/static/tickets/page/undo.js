// A reply that can still be taken back says for how long; after that the page looks what became of it.
const SECONDS = 5;

export function undo(page, look) {
  const started = new WeakSet();
  const start = () => {
    for (const button of page.querySelectorAll("[data-undo]")) {
      if (started.has(button)) continue;
      started.add(button);
      count(button, SECONDS);
    }
  };
  page.addEventListener("renewed", start);
  start();

  function count(button, left) {
    if (!button.isConnected) return;
    button.textContent = `Geri al (${left})`;
    if (left > 0) setTimeout(() => count(button, left - 1), 1000);
    else {
      button.form.remove();
      setTimeout(look, 2000);
    }
  }
}
