// The reply box: canned answers, the time left to write freely.
export function composer(page) {
  const text = document.getElementById("reply");
  if (!text) return;
  const canned = document.getElementById("canned");
  canned?.addEventListener("change", () => {
    if (!canned.value) return;
    text.value = text.value.trim() ? `${text.value.trim()}\n${canned.value}` : canned.value;
    canned.selectedIndex = 0;
    text.focus();
    text.dispatchEvent(new Event("input", { bubbles: true }));
  });
  photo(text);
  countdown(page);
}

// One photo goes with the words: chosen, or pasted into the box.
function photo(text) {
  const field = document.getElementById("photo");
  const none = document.getElementById("photo-none");
  const name = document.getElementById("photo-name");
  field.hasChangeListener = true; // or Unfold, too, would tell its name, in a box that is not here
  const show = () => {
    name.textContent = field.files[0]?.name ?? "Fotoğraf";
    none.hidden = !field.files.length;
  };
  field.addEventListener("change", show);
  none.addEventListener("click", () => {
    field.value = "";
    show();
  });
  text.addEventListener("paste", (event) => {
    if (![...event.clipboardData.files].some((file) => file.type.startsWith("image/"))) return;
    event.preventDefault();
    field.files = event.clipboardData.files;
    show();
  });
}

function countdown(page) {
  const tell = () => {
    const shown = document.querySelector("#window [data-until]");
    if (!shown) return;
    const minutes = Math.floor((new Date(shown.dataset.until) - Date.now()) / 60000);
    const hours = Math.floor(minutes / 60);
    shown.classList.toggle("soon", minutes < 120);
    if (minutes < 0) {
      shown.textContent = "24 saatlik süre doldu: onaylı şablonla gider";
      document.getElementById("window").dataset.shut = "";
    } else shown.querySelector("b").textContent = hours ? `${hours} sa ${minutes % 60} dk` : `${minutes} dk`;
  };
  tell();
  const timer = setInterval(() => (page.isConnected ? tell() : clearInterval(timer)), 20000);
  page.addEventListener("renewed", tell);
}
