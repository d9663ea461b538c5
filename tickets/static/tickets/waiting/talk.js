// The open talk: brought beside the list, kept up to date, answered and worked on without leaving the page.
import { composer } from "../page/composer.js";
import { drafts } from "../page/drafts.js";
import { exchange } from "../page/live.js";
import { post, token } from "../page/post.js";
import { numbered } from "../page/numbered.js";
import { previews } from "../page/previews.js";
import { voice } from "../page/voice.js";
import { subjects } from "../subjects.js";

const SLOW = 300; // ms after which something says that it is being fetched
const WRITES_FOR = 15_000; // ms after the last letter that somebody counts as writing

// Forms by what they do: the ones that end the waiting go on to the next talk.
const ENDS = new Set(["reply", "snooze", "close", "done", "ticket"]);

export function talk(desk, { say, done, taken, waiters }) {
  const pane = document.getElementById("talk");
  const page = () => document.getElementById("ticket");
  let address = page()?.dataset.address ?? null;
  let typedAt = 0;
  let turn = 0;

  async function open(to, { written, focus = true } = {}) {
    const mine = (turn += 1);
    address = to;
    const slow = setTimeout(() => pane.classList.add("loading"), SLOW);
    const answer = await fetch(to, { headers: { "X-Part": "1" } }).catch(() => null);
    clearTimeout(slow);
    pane.classList.remove("loading");
    if (mine !== turn) return;
    if (!answer?.ok || answer.redirected) return say(answer ? "Görüşme açılamadı: başkası bitirmiş olabilir." : "Görüşme açılamadı: bağlantıyı denetleyin.");
    show(await answer.text());
    desk.classList.add("opened");
    if (written) fill(written);
    else if (focus) pane.querySelector("h2")?.focus();
  }

  function show(html) {
    pane.innerHTML = html;
    enliven();
  }

  function enliven() {
    if (!page()) return;
    drafts(page());
    if (page().dataset.ticket) ticketPage();
    const thread = document.getElementById("thread");
    const newest = () => {
      thread.scrollTop = thread.scrollHeight;
    };
    newest();
    thread.addEventListener("load", newest, { capture: true }); // photos that come later
    showOthers();
    document.dispatchEvent(new CustomEvent("tick"));
  }

  // What the page of a ticket has: canned answers, files, later, subjects by what one types, tickets by number.
  function ticketPage() {
    composer(page());
    previews(page());
    numbered(page());
    voice(page());
    subjects(page());
  }

  /** What was taken back stands in the box again, as what it was: with its macro and its hour. */
  function fill({ text, macro, due, file }) {
    const reply = document.getElementById("reply");
    if (!reply || reply.value) return;
    const put = (field, value) => {
      if (!field || !value) return;
      field.value = value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    };
    put(reply, text);
    put(reply.form.elements.macro, macro);
    put(document.getElementById("due-at"), due);
    if (due) document.getElementById("send-later").open = true;
    if (file) say("Metin geri geldi. Dosyayı yeniden seçin.");
    reply.focus();
  }

  async function renew() {
    if (!page()) return;
    const answer = await fetch(address, { headers: { "X-Part": "1", "X-Background": "1" } }).catch(() => null);
    if (!answer?.ok || !page()) return;
    const held = document.createElement("template");
    held.innerHTML = await answer.text();
    merge(held.content);
  }

  function merge(fresh) {
    const thread = document.getElementById("thread");
    const atEnd = thread.scrollHeight - thread.scrollTop - thread.clientHeight < 80;
    exchange(pane, fresh);
    if (page().dataset.ticket) subjects(page());
    if (atEnd) thread.scrollTop = thread.scrollHeight;
    showOthers();
    document.dispatchEvent(new CustomEvent("tick"));
  }

  // Every form of the pane goes by itself; what was refused stays, with the reason above it.
  pane.addEventListener("submit", async (event) => {
    const form = event.target;
    if (form.target === "_blank" || form.querySelector("[data-claim-danger]")) return; // a danger is worked on its own page
    event.preventDefault();
    // A reply for later and a macro leave from the same box, and end no waiting by themselves.
    const action = event.submitter?.getAttribute("formaction") ?? form.getAttribute("action");
    const kind = form.dataset.act ?? (form.id === "reply-form" && /\/(reply|cevapla)\/$/.test(action) ? "reply" : "");
    const body = new FormData(form, event.submitter);
    const written = form.id === "reply-form" && {
      text: body.get("text"), macro: body.get("macro"), due: body.get("due_at")?.replace(" ", "T"), file: Boolean(body.get("file")?.size),
    };
    const button = event.submitter ?? form.querySelector("[type=submit], button:not([type])");
    if (button) button.disabled = true;
    const own = /\/(bekleyenler|citizen)\//.test(action); // answered in JSON, without a page
    const headers = own ? { Accept: "application/json" } : {};
    const answer = await fetch(action, { method: "POST", body, headers }).catch(() => null);
    if (button) button.disabled = false;
    const signedOut = answer?.url.includes("/login/");
    if (!answer || signedOut) return refuse(answer ? "Oturumunuz kapandı. Yazdığınız duruyor: yeniden giriş yapın." : "Gönderilemedi: bağlantı yok. Yazdığınız duruyor.");
    const result = own ? await answer.json().catch(() => ({})) : new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!answer.ok) return refuse(own ? result.reason ?? "Yapılamadı." : reasonsOf(result), kind);
    refuse("");
    finished(written, kind, own ? result.said : messageOf(result));
    return null;
  });

  function finished(written, kind, told) {
    const name = pane.querySelector("h2")?.textContent.trim() ?? "";
    const words = { reply: `${name}: cevap gönderiliyor.`, snooze: `${name} ertelendi.` }[kind] ?? told;
    const here = address;
    if (written) forget();
    const next = ENDS.has(kind) ? done(words) : settled(words);
    taken.offer({ address: here, written, words });
    return next;
  }

  // What was moved on may wait no longer.
  async function settled(words) {
    const listed = waiters.has(address);
    await waiters.now();
    return listed && !waiters.has(address) ? done(words) : renew();
  }

  // What was sent is no draft any more.
  function forget() {
    const key = `${page().dataset.address}#reply`;
    sessionStorage.removeItem(`draft:${key}`);
    document.getElementById("reply").value = "";
    for (const chosen of ["[data-no-macro]", "#file-none"]) pane.querySelector(chosen)?.click();
  }

  function refuse(reason) {
    const box = document.getElementById("refused");
    if (!box) return;
    box.textContent = reason;
    box.hidden = !reason;
    if (reason) renew();
  }

  // A number is opened as on the ticket's page: who saw it is kept.
  pane.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-unmask]");
    if (!button) return;
    const answer = await post(button.dataset.unmask, {});
    const told = await answer.json();
    for (const each of pane.querySelectorAll("#phone")) each.textContent = told.phone ?? told.reason;
    for (const each of pane.querySelectorAll("[data-unmask]")) each.remove();
  });
  pane.addEventListener("input", (event) => {
    if (event.target.id !== "reply") return;
    const began = Date.now() - typedAt > WRITES_FOR;
    typedAt = Date.now();
    if (began) beat();
  });

  // That it is open, and being written in; and whether it is still as it is shown.
  async function beat() {
    const to = pane.querySelector("[data-pulse]")?.dataset.pulse;
    if (!to || document.hidden) return;
    const writing = Date.now() - typedAt < WRITES_FOR ? { writing: "1" } : {};
    const answer = await post(to, writing, { "X-Background": "1" }).catch(() => null);
    if (!answer?.ok) return;
    const news = await answer.json();
    if (news.ended) refuseOnce(news.ended);
    // Files that came meanwhile leave no entry.
    if (news.version && String(news.version) !== pane.querySelector("[data-item]")?.dataset.version) renew();
  }

  function refuseOnce(words) {
    const box = document.getElementById("refused");
    if (box.textContent === words) return;
    box.textContent = words;
    box.hidden = false;
  }

  let here = [];
  function showOthers() {
    const shown = document.getElementById("others");
    const citizen = page()?.dataset.citizen;
    if (!shown || !citizen) return;
    const others = here.filter((each) => String(each.citizen) === citizen);
    const words = others.map((each) => (each.writing ? `${each.name} yazıyor.` : `${each.name} de bu görüşmeye bakıyor.`)).join(" ");
    if (shown.textContent !== words) shown.textContent = words;
  }

  document.addEventListener("pulse", ({ detail }) => {
    here = detail.here.filter((each) => String(each.user) !== desk.dataset.me);
    showOthers();
    const item = pane.querySelector("[data-item]")?.dataset.item;
    const ticket = Number(page()?.dataset.ticket);
    const changed = item && ((item.startsWith("h") && detail.talks.includes(Number(item.slice(1)))) || detail.tickets.includes(ticket));
    if (changed) {
      renew();
      beat();
    }
  });
  setInterval(beat, Number(desk.dataset.seconds) * 1000);
  addEventListener("pagehide", () => {
    const body = new FormData();
    body.append("csrfmiddlewaretoken", token());
    navigator.sendBeacon(desk.dataset.leave, body);
  });
  if (page()) enliven();

  return { open, renew, address: () => address };
}

const messageOf = (page) => page.querySelector(".toasts li, .toasts [role=status], .toasts")?.textContent.trim().replace(/\s+/g, " ") ?? "";
const reasonsOf = (page) => [...page.querySelectorAll("#refusal b, .refused b")].map((each) => each.textContent).join(" ") || "Yapılamadı. Sayfayı yenileyip yeniden deneyin.";
