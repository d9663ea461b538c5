// What a session is to somebody who works: it goes on while they type, and nothing typed is lost when it ends.
(() => {
  const EVERY = 5 * 60_000; // ms: as often as somebody at work is told to the server
  const HERE = "/admin/hesabim/burada/";
  const DRAFT = "draft:", SENT = "sent:";
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

  // What a form has sent is a draft again where the answer is a page of signing in; anywhere else it has arrived.
  function settle() {
    for (const key of Object.keys(sessionStorage).filter((each) => each.startsWith(SENT))) {
      if (signingIn) sessionStorage.setItem(DRAFT + key.slice(SENT.length), sessionStorage.getItem(key));
      sessionStorage.removeItem(key);
    }
  }

  function keep(field) {
    const key = `${location.pathname}#${field.name}`;
    field.value ||= sessionStorage.getItem(DRAFT + key) ?? "";
    field.addEventListener("input", () => sessionStorage.setItem(DRAFT + key, field.value));
    field.form.addEventListener("submit", () => {
      if (field.value) sessionStorage.setItem(SENT + key, field.value);
      sessionStorage.removeItem(DRAFT + key);
    });
  }

  // Whoever signs in next on this computer finds nothing: drafts, what was sent, searches, lists.
  function forget() {
    empty();
    addEventListener("pagehide", empty); // after what others keep when the page is left
  }

  function empty() {
    sessionStorage.clear();
    localStorage.clear();
  }

  addEventListener("DOMContentLoaded", () => {
    settle();
    for (const field of document.querySelectorAll("form[data-draft] :is(textarea, input[type=text], input[type=tel])")) keep(field);
    for (const form of document.querySelectorAll("form[action$='/logout/']")) form.addEventListener("submit", forget);
    document.querySelector("[data-print]")?.addEventListener("click", () => print());
  });
  for (const kind of ["keydown", "pointerdown"]) addEventListener(kind, still, { passive: true });
})();
