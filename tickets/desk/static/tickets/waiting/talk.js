// The open talk: brought beside the list, kept up to date, answered and worked on without leaving the page. Answers of the
// server come when they come: each is for the talk that it was asked of, which may not be the open one any more.
import { composer } from "../page/composer.js";
import { drafts, refused, sent } from "../page/drafts.js";
import { gallery } from "../page/gallery.js";
import { exchange, upToDate } from "../page/live.js";
import { map } from "../page/map.js";
import { numbered } from "../page/duplicate_lookup.js";
import { phone } from "../page/phone.js";
import { post, token } from "../page/post.js";
import { previews } from "../page/previews.js";
import { thread } from "../page/thread.js";
import { voice } from "../page/voice.js";
import { hint, hold, justCame, release } from "../desk/letters.js";
import { giveBack, written } from "../desk/restore_form.js";
import { subjects } from "../subject_select.js";

const SLOW = 300; // ms after which something says that it is being fetched
const WRITES_FOR = 15_000; // ms after the last letter that somebody counts as writing

// Forms by what they do: the ones that end the waiting go on to the next talk.
const ENDS = new Set(["reply", "snooze", "close", "done", "ticket"]);

export function talk(desk, { say, done, taken, waiters }) {
  const pane = document.getElementById("talk");
  const page = () => document.getElementById("ticket");
  const sending = new WeakSet(); // forms whose answer is awaited: sent once, however often one presses
  let address = page()?.dataset.address ?? null;
  let typedAt = 0;
  let turn = 0;
  let mark = { turn: -1, open: "" }; // what the pulse said last of the talk that is open
  let unsure = false; // a pulse was missed or refused since the server was last asked of it
  let coming = false; // another talk is being fetched: what is still shown is neither renewed nor asked after
  let photos;
  let places;

  // `unasked`: the desk goes on by itself, and whoever presses a key may still mean the talk before.
  async function open(to, { given, focus = true, unasked = false } = {}) {
    if (to === address && page() && !coming && !given) {
      // It stands there already: brought anew, it would lose what was chosen in it.
      if (focus) pane.querySelector("h2")?.focus();
      return renew();
    }
    const mine = (turn += 1);
    let field = ""; // R or N was pressed meanwhile: for whoever comes
    address = to;
    coming = true;
    hold((letter) => (field = letter));
    const slow = setTimeout(() => pane.classList.add("loading"), SLOW);
    const answer = await fetch(to, { headers: { "X-Part": "1" } }).catch(() => null);
    const html = answer?.ok && !answer.redirected ? await answer.text().catch(() => null) : null;
    if (mine !== turn) return;
    coming = false;
    clearTimeout(slow);
    pane.classList.remove("loading");
    if (html === null) {
      release();
      say(answer ? "Görüşme açılamadı: başkası bitirmiş olabilir." : "Görüşme açılamadı: bağlantıyı denetleyin.");
      if (page()) address = page().dataset.address; // what stands there is still the open one
      return;
    }
    show(html);
    release({ unasked });
    const isBack = given && giveBack(given);
    if (field) document.getElementById({ r: "reply", n: "note" }[field])?.focus();
    else if (focus && !isBack) pane.querySelector("h2")?.focus();
  }

  function show(html) {
    pane.innerHTML = html;
    enliven();
  }

  function leave() {
    places?.remove();
    photos = places = null;
  }

  // The answering box is that of a ticket; beside it what a ticket has: subjects by what one types, tickets by number, map.
  function enliven() {
    const shown = page();
    leave();
    if (!shown) return;
    drafts(shown);
    phone(shown);
    thread(shown);
    voice(shown);
    if (document.getElementById("viewer")) photos = gallery(shown);
    if (document.getElementById("map")) places = map(shown);
    composer(shown);
    if (shown.dataset.preview) previews(shown);
    if (shown.dataset.ticket) {
      numbered(shown);
      subjects(shown);
    }
    showOthers();
    document.dispatchEvent(new CustomEvent("tick"));
  }

  async function renew() {
    const mine = turn;
    if (!page() || coming) return;
    const answer = await fetch(address, { headers: { "X-Part": "1", "X-Background": "1" } }).catch(() => null);
    const html = answer?.ok && !answer.redirected ? await answer.text().catch(() => null) : null;
    if (mine !== turn || !page()) return;
    if ([403, 404].includes(answer?.status)) gone();
    if (html === null) return;
    const held = document.createElement("template");
    held.innerHTML = html;
    merge(held.content);
  }

  // It is not for these eyes any more.
  function gone() {
    pane.innerHTML = '<p class="nothing">Bu görüşmeyi artık göremezsiniz.</p>';
    leave();
    waiters.drop(address);
    waiters.renew();
  }

  function merge(fresh) {
    const [old, next] = [page(), fresh.getElementById("ticket")];
    if (!next) return;
    if (next.dataset.address !== old.dataset.address || next.dataset.ticket !== old.dataset.ticket) {
      // Another kind of talk by now: what is typed moves over with it.
      const text = document.getElementById("reply")?.value;
      pane.replaceChildren(fresh);
      enliven();
      if (text) giveBack({ form: "reply-form", words: { text } });
      return;
    }
    exchange(pane, fresh);
    if (old.dataset.ticket) subjects(old);
    old.dispatchEvent(new CustomEvent("renewed"));
    showOthers();
    document.dispatchEvent(new CustomEvent("tick"));
  }

  // Every form of the pane goes by itself; what was refused stays, with the reason above it.
  pane.addEventListener("submit", async (event) => {
    const form = event.target;
    if (form.target === "_blank" || form.method === "dialog" || form.querySelector("[data-claim-danger]")) return; // a danger is worked on its own page
    event.preventDefault();
    if (sending.has(form)) return;
    // A reply for later and a macro leave from the same box, and end no waiting by themselves.
    const action = event.submitter?.getAttribute("formaction") ?? form.getAttribute("action");
    const kind = form.dataset.act ?? (form.id === "reply-form" && /\/(reply|cevapla)\/$/.test(action) ? "reply" : "");
    const mine = coming ? null : turn;
    const of = { page: page(), form, kind, address: coming ? page().dataset.address : address, name: pane.querySelector("h2")?.textContent.trim() ?? "", isOpen: () => mine === turn };
    const body = new FormData(form, event.submitter);
    of.given = written(form, event.submitter);
    const button = event.submitter ?? form.querySelector("[type=submit], button:not([type])");
    if (button) button.disabled = true;
    sending.add(form);
    const own = /\/(bekleyenler|citizen)\//.test(action); // answered in JSON, without a page
    const headers = own ? { Accept: "application/json" } : {};
    const answer = await fetch(action, { method: "POST", body, headers }).catch(() => null);
    const signedOut = answer?.url.includes("/login/");
    const result = !answer || signedOut ? null : own ? await answer.json().catch(() => ({})) : new DOMParser().parseFromString(await answer.text().catch(() => ""), "text/html");
    if (button) button.disabled = false;
    sending.delete(form);
    if (!result) return refuse(of, answer ? "Oturumunuz kapandı. Yazdığınız duruyor: yeniden giriş yapın." : "Gönderilemedi: bağlantı yok. Yazdığınız duruyor.");
    if (!answer.ok) return own ? refuse(of, result.reason ?? "Yapılamadı.") : refuse(of, reasonsOf(result), result);
    return finished(of, own ? result.said : messageOf(result));
  });

  function finished(of, told) {
    const words = { reply: `${of.name}: cevap gönderiliyor.`, snooze: `${of.name}: ${told}` }[of.kind] ?? told;
    sent(of.page, of.form);
    taken.offer({ address: of.address, given: of.given, words });
    if (!of.isOpen()) {
      if (ENDS.has(of.kind)) waiters.drop(of.address);
      return waiters.renew();
    }
    tell("");
    empty(of.form);
    return ENDS.has(of.kind) ? done(of.address) : settled(of);
  }

  // What was chosen and written in it is done; the fold that it stands in shuts, and is kept up to date again.
  function empty(form) {
    for (const later of form.querySelectorAll("#send-later[open]")) later.open = false;
    if (form.id === "reply-form") for (const chosen of ["[data-no-macro]", "#file-none"]) form.querySelector(chosen)?.click();
    else if (form.id !== "note-form") form.reset();
    if (form.id === "place-form") form.hidden = true; // the map moves its pin again with the next renewal
    form.closest("dialog[open]")?.close();
    const fold = form.closest("details[open]");
    if (!fold) return;
    fold.open = false;
    fold.closest("[data-more]")?.removeAttribute("open");
    if (fold.contains(document.activeElement)) document.activeElement.blur();
  }

  // What was moved on may wait no longer.
  async function settled(of) {
    const listed = waiters.has(of.address);
    await waiters.now();
    if (!of.isOpen()) return null;
    return listed && !waiters.has(of.address) ? done(of.address) : renew();
  }

  /** What was not done stays as it was typed; of a clash the page says what happened meanwhile, and one may try again. */
  function refuse(of, reason, fresh = null) {
    refused(of.page, of.form);
    if (!of.isOpen()) return say(`${of.name}: ${reason}`);
    const whole = fresh?.getElementById("refusal");
    tell(whole ? [...whole.childNodes] : [reason]);
    if (whole) upToDate(pane.querySelectorAll("[data-version], [data-seen]"), fresh);
    return renew();
  }

  function tell(what) {
    const box = document.getElementById("refused");
    if (!box) return;
    box.replaceChildren(...what);
    box.hidden = !what.length;
  }

  // The second press of a double click is for the talk before, not for the one that came between.
  pane.addEventListener(
    "click",
    (event) => {
      if (!justCame() || !event.detail || !event.target.closest("button:not([type=button]), [type=submit]")) return;
      event.preventDefault();
      event.stopPropagation();
      hint("Ekrandaki kişi değişti: işlem yapılmadı. Bakıp yeniden basın.");
    },
    { capture: true },
  );
  pane.addEventListener("click", ({ target }) => {
    const photo = target.closest("[data-open-photo]");
    if (photo) photos?.open(photo.dataset.openPhoto);
    const place = target.closest("[data-show-place]");
    if (place) places?.show(place.dataset.showPlace.split(",").map(Number));
  });
  pane.addEventListener("input", (event) => {
    if (event.target.id !== "reply") return;
    const began = Date.now() - typedAt > WRITES_FOR;
    typedAt = Date.now();
    if (began) beat();
  });

  const writes = () => Date.now() - typedAt < WRITES_FOR;

  // That it is open, and being written in; and whether it is still as it is shown, and for these eyes.
  async function beat() {
    const mine = turn;
    const to = pane.querySelector("[data-pulse]")?.dataset.pulse;
    if (!to || coming || document.hidden) return;
    const answer = await post(to, writes() ? { writing: "1" } : {}, { "X-Background": "1" }).catch(() => null);
    const news = answer?.ok ? await answer.json().catch(() => null) : null;
    if (mine !== turn) return;
    if (news) unsure = false;
    if ([403, 404].includes(answer?.status)) renew();
    if (!news) return;
    if (news.ended && document.getElementById("refused")?.textContent !== news.ended) tell([news.ended]);
    // Files that came meanwhile leave no entry.
    if (news.version && String(news.version) !== pane.querySelector("[data-item]")?.dataset.version) renew();
  }

  let here = [];
  function showOthers() {
    const shown = document.getElementById("others");
    const citizen = page()?.dataset.citizen;
    if (!shown || !citizen) return;
    const others = here.filter((each) => String(each.citizen) === citizen);
    const words = others.map((each) => (each.writing ? `${each.name} yazıyor.` : `${each.name} bu görüşmeye bakıyor.`)).join(" ");
    if (shown.textContent !== words) shown.textContent = words;
  }

  document.addEventListener("pulse", ({ detail }) => {
    here = detail.here.filter((each) => String(each.user) !== desk.dataset.me);
    showOthers();
    const item = pane.querySelector("[data-item]")?.dataset.item;
    const ticket = Number(page()?.dataset.ticket);
    const changed = item && ((item.startsWith("h") && detail.talks.includes(Number(item.slice(1)))) || detail.tickets.includes(ticket));
    if (changed) renew();
    if (heard(detail) || changed) beat();
  });
  // That it is open goes with the pulse (bell.js). The server is asked where it counts as open no more, a ticket of that
  // person has changed (it may be theirs to see no more) or no pulse can say so, and told while somebody writes.
  function heard({ open }) {
    if (coming || document.hidden || !page()?.dataset.citizen) return false;
    if (mark.turn === turn && mark.open === open) return false;
    mark = { turn, open };
    return true;
  }

  document.addEventListener("pulse-state", ({ detail: ok }) => (unsure ||= !ok));
  document.addEventListener("visibilitychange", () => beat());
  setInterval(() => {
    if (document.hidden) return;
    if (pane.querySelector("[data-coming]")) renew();
    if (unsure || writes() || !page()?.dataset.citizen) beat();
  }, Number(desk.dataset.seconds) * 1000);
  document.addEventListener("act-over", () => setTimeout(renew, 2000)); // what left shows what became of it
  addEventListener("pagehide", () => {
    const body = new FormData();
    body.append("csrfmiddlewaretoken", token());
    navigator.sendBeacon(desk.dataset.leave, body);
  });
  if (page()) enliven();

  return {
    open,
    renew,
    address: () => address,
    photos: { open: () => photos?.open() },
    places: { focus: () => places?.focus() },
  };
}

const messageOf = (page) => page.querySelector(".toasts li, .toasts [role=status], .toasts")?.textContent.trim().replace(/\s+/g, " ") ?? "";
const reasonsOf = (page) => [...page.querySelectorAll("#refusal b, .refused b")].map((each) => each.textContent).join(" ") || "Yapılamadı. Sayfayı yenileyip yeniden deneyin.";
