/** Three exercises. A step is done when the chat shows it, whether by hand or by "Benim yerime yap". */

import { typeOf } from "./chat.js";
import { drawnPhoto } from "./photo.js";

const PLACE = { latitude: 38.71072, longitude: 35.52151 };

const said = (type, words = /./) => (chat) => chat.some((message) =>
  message.direction === "in" && typeOf(message) === type && (type !== "text" || words.test(message.body.text.body)));
const heard = (words) => (chat) => chat.some((message) =>
  message.direction === "out" && words.test(message.shown.text ?? ""));
const offered = (wanted) => (chat) => chat.some((message) =>
  message.direction === "out" && (message.shown.options ?? []).some(wanted));
const tapped = (kind) => (chat) => chat.some((message) => message.body.interactive?.[kind] && message.direction === "in");
const yes = ({ kind, title }) => kind === "button_reply" && /^evet/i.test(title);
const rows = (chat) => chat.flatMap((message) => message.shown.options ?? []).filter(({ kind }) => kind === "list_reply");

/** A step is `{hint, done(chat), act?(phone, chat)}`; `chat` are the messages since the scene began. */
export const EXERCISES = [
  {
    title: "1. Fotoğraf, yazı, konum",
    about: "Vatandaş bir çukuru bildirir; hat hepsini bekler ve tek cevap verir.",
    steps: [
      {
        hint: "Çukurun fotoğrafını gönderin: “Ekle” (+), sonra “Fotoğraf” ya da “Örnek fotoğraf”.",
        done: said("image"),
        act: async (phone) => phone.say("image", {}, [await drawnPhoto()]),
      },
      {
        hint: "Şimdi ne olduğunu yazın: “Yolda büyük çukur var”.",
        done: said("text"),
        act: (phone) => phone.say("text", { text: "Yolda büyük çukur var" }),
      },
      {
        hint: "Yerini gönderin: “Ekle” (+), sonra “Konum”.",
        done: said("location"),
        act: (phone) => phone.say("location", PLACE),
      },
      {
        hint: "Hat birkaç saniye bekler: belki yazacağınız daha vardır. Sonra üç mesaja tek cevap verir.",
        done: heard(/no: MG-/),
      },
    ],
    end: "Başvuru açıldı: numarası, birimi ve beklenen günü cevapta. Yönetim sayfasında fotoğrafıyla görünür.",
  },
  {
    title: "2. Eksik konum",
    about: "Vatandaş yeri söylemez; hat yalnızca eksik olanı sorar.",
    steps: [
      {
        hint: "Yer vermeden yazın: “Kaldırım taşları kırılmış, yürünmüyor”.",
        done: said("text"),
        act: (phone) => phone.say("text", { text: "Kaldırım taşları kırılmış, yürünmüyor" }),
      },
      {
        hint: "Birkaç saniye bekleyin: hat yeri soracak.",
        done: offered(({ kind }) => kind === "send_location"),
      },
      {
        hint: "Cevaptaki “Konum gönder” düğmesine dokunun ve haritadan yeri seçin.",
        done: said("location"),
        act: (phone) => phone.say("location", PLACE),
      },
      { hint: "Konum tamamlandı, hat onaylıyor.", done: heard(/no: MG-/) },
    ],
    end: "Hat iki kez sormadı; 15 dakika içinde yer gelmeseydi başvuru “konum eksik” olarak yine açılacaktı.",
  },
  {
    title: "3. Durum ve değerlendirme",
    about: "Vatandaş başvurusunu sorar, çözülünce puan verir.",
    steps: [
      {
        hint: "Önce bir başvuru yapın: “Köşk mahallesinde çöp konteyneri dolu, alınmıyor”.",
        done: said("text"),
        act: (phone) => phone.say("text", { text: "Köşk mahallesinde çöp konteyneri dolu, alınmıyor" }),
      },
      { hint: "Hat birazdan başvuru numarasını verir.", done: heard(/no: MG-/) },
      {
        hint: "Ne olduğunu sorun: “durum”.",
        done: said("text", /durum/i),
        act: (phone) => phone.say("text", { text: "durum" }),
      },
      {
        hint: "Şimdi belediye tarafı: yönetim sayfasında başvuruyu işleme alın ve çözün.",
        link: ["../admin/", "Yönetim sayfasını aç"],
        done: offered(yes),
      },
      {
        hint: "Hat “Sorun çözüldü mü?” diye sorar. “Evet” düğmesine dokunun.",
        done: tapped("button_reply"),
        act: (phone, chat) => offered(yes)(chat) && phone.say("tap", { choice: "Evet" }),
      },
      {
        hint: "Listeyi açın ve 1 ile 5 yıldız arasında puan verin.",
        done: tapped("list_reply"),
        act: (phone, chat) => rows(chat).length && phone.say("tap", { choice: rows(chat).at(-1).id }),
      },
    ],
    end: "Değerlendirme talebin kartına ve raporlara yazıldı.",
  },
];
