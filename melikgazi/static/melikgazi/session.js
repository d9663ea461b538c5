// What a session is to somebody who works: it goes on while they type, and nothing typed is lost when it ends.
(() => {
  const EVERY = 5 * 60_000; // ms: as often as somebody at work is told to the server
  const HERE = "/admin/hesabim/burada/";
  const DRAFT = "draft:", SENT = "sent:"; // of replies (tickets/page/drafts.js)
  const FORM = "form:", RESUMED = "resumed:"; // of forms that are done at one go
  const CHOSEN = /^(adminTheme$|desk-advance:)/; // how somebody likes their pages: of nobody else
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

  // What was sent is a draft again where the answer is a page of signing in; anywhere else it has arrived. A form that is
  // done at one go is taken up again after signing in and never else: the next caller is somebody else.
  function settle() {
    for (const [from, to] of [[SENT, DRAFT], [FORM, RESUMED]]) {
      for (const key of Object.keys(sessionStorage).filter((each) => each.startsWith(from))) {
        if (signingIn) sessionStorage.setItem(to + key.slice(from.length), sessionStorage.getItem(key));
        sessionStorage.removeItem(key);
      }
    }
  }

  function keep(field) {
    const user = document.getElementById("act-bar")?.dataset.user ?? ""; // what one writes is not for who signs in next
    const key = `${user}:${location.pathname}#${field.name}`;
    field.addEventListener("input", () => sessionStorage.setItem(FORM + key, field.value));
    const before = sessionStorage.getItem(RESUMED + key);
    if (!before || field.value) return;
    field.value = before;
    field.dispatchEvent(new Event("input", { bubbles: true })); // what is looked up by it is looked up
  }

  function forget(kind) {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith(kind)) sessionStorage.removeItem(key);
  }

  // Whoever signs in next on this computer finds nothing: drafts, what was sent, searches, lists.
  function signOut() {
    empty();
    addEventListener("pagehide", empty); // after what others keep when the page is left
  }

  function empty() {
    sessionStorage.clear();
    for (const key of Object.keys(localStorage)) if (!CHOSEN.test(key)) localStorage.removeItem(key);
  }

  addEventListener("DOMContentLoaded", () => {
    settle();
    for (const field of document.querySelectorAll("form[data-draft] :is(textarea, input[type=text], input[type=tel])")) keep(field);
    if (!signingIn) forget(RESUMED);
    for (const form of document.querySelectorAll("form[action$='/logout/']")) form.addEventListener("submit", signOut);
    document.querySelector("[data-print]")?.addEventListener("click", () => print());
  });
  for (const kind of ["keydown", "pointerdown"]) addEventListener(kind, still, { passive: true });
})();
