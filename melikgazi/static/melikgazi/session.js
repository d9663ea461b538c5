// What a session is to somebody who works: it goes on while they type, and nothing typed is lost when it ends.
(() => {
  const EVERY = 5 * 60_000; // ms: as often as somebody at work is told to the server
  const HERE = "/admin/hesabim/burada/";
  const TYPED = "typed:", SENT = "sent:", DRAFT = "draft:";
  let told = Date.now();

  const token = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
  const signingIn = /^\/admin\/(login|giris)\//.test(location.pathname);

  async function still() {
    if (signingIn || Date.now() - told < EVERY) return;
    told = Date.now();
    const body = new FormData();
    body.append("csrfmiddlewaretoken", token());
    const answer = await fetch(HERE, { method: "POST", body }).catch(() => null);
    if (answer?.status === 403) ended();
  }

  function ended() {
    if (document.getElementById("session-ended")) return;
    const note = document.createElement("p");
    note.id = "session-ended";
    note.setAttribute("role", "alert");
    const way = document.createElement("a");
    way.href = `/admin/login/?next=${encodeURIComponent(location.pathname + location.search)}`;
    way.textContent = "Yeniden giriş yapın";
    note.append("Oturumunuz kapandı. Yazdığınız cevap ve notlar bu sekmede duruyor. ", way);
    document.body.append(note);
  }

  // What was typed or sent is a draft where the page of signing in comes next; anywhere else it has arrived, or was given
  // up: the next caller is somebody else.
  function settle() {
    for (const key of Object.keys(sessionStorage)) {
      const typed = [TYPED, SENT].find((each) => key.startsWith(each));
      if (typed && signingIn) sessionStorage.setItem(DRAFT + key.slice(typed.length), sessionStorage.getItem(key));
      if (typed) sessionStorage.removeItem(key);
    }
  }

  function keep(field) {
    const key = `${location.pathname}#${field.name}`;
    field.addEventListener("input", () => sessionStorage.setItem(TYPED + key, field.value));
    field.form.addEventListener("submit", () => {
      if (field.value) sessionStorage.setItem(SENT + key, field.value);
      sessionStorage.removeItem(TYPED + key);
    });
    const draft = sessionStorage.getItem(DRAFT + key);
    if (!draft || field.value) return;
    field.value = draft;
    field.dispatchEvent(new Event("input", { bubbles: true })); // whoever looks things up by it does so now
  }

  function forget(...kinds) {
    for (const key of Object.keys(sessionStorage)) if (kinds.some((each) => key.startsWith(each))) sessionStorage.removeItem(key);
  }

  addEventListener("DOMContentLoaded", () => {
    settle();
    for (const field of document.querySelectorAll("form[data-draft] :is(textarea, input[type=text], input[type=tel])")) keep(field);
    if (!signingIn) forget(DRAFT);
    for (const form of document.querySelectorAll("form[action$='/logout/']")) form.addEventListener("submit", () => forget(TYPED, SENT, DRAFT));
    document.querySelector("[data-print]")?.addEventListener("click", () => print());
  });
  for (const kind of ["keydown", "pointerdown"]) addEventListener(kind, still, { passive: true });
})();
