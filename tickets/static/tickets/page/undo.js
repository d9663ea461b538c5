// A reply that can still be taken back says for how long; after that the page looks what became of it. Taken back, its
// words stand in the reply box again, to be written better.
const SECONDS = 5;

export function undo(page, look) {
  const started = new WeakSet();
  const start = () => {
    for (const button of page.querySelectorAll("[data-undo]")) {
      if (started.has(button)) continue;
      started.add(button);
      count(button, SECONDS);
      button.form.addEventListener("submit", () => sessionStorage.setItem(key, words(button)));
    }
  };
  const key = `${page.dataset.address}#taken-back`;
  page.addEventListener("renewed", start);
  start();
  giveBack(page, key);

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

const words = (button) => button.closest("li").querySelector(".text").innerText;

function giveBack(page, key) {
  const taken = sessionStorage.getItem(key);
  const reply = document.getElementById("reply");
  sessionStorage.removeItem(key);
  if (!taken || !reply || reply.value || document.getElementById("refusal")) return;
  reply.value = taken;
  reply.dispatchEvent(new Event("input"));
  reply.focus();
}
