/** What the faults and the unusual messages of the emulator are called on the page. */

export const FAULT_GROUPS = [
  ["Webhook’lar", ["duplicate", "shuffle", "delay", "hold", "batch", "wrong_secret"]],
  ["Durum bildirimleri", ["late_status", "missing_status", "duplicate_status", "failed_status", "window_as_status"]],
  ["Graph API cevapları", ["lost_answer", "slow_answer", "http_500", "error", "dead_token"]],
  ["Fotoğraf, ses, belge", ["media_gone", "media_url_expired", "media_wrong_sha", "media_truncated", "media_oversized", "media_redirect"]],
];

/** `[title, what happens]` */
export const FAULTS = {
  duplicate: ["Yinelenen webhook", "Aynı gövde bir kez daha gönderilir. Hat ikinci kez cevap vermemeli."],
  shuffle: ["Sıra karışır", "Her webhook rastgele gecikir. Sonuç sıradan etkilenmemeli."],
  delay: ["Webhook gecikir", "Her webhook bu kadar saniye geç ulaşır."],
  hold: ["Webhook tutulur", "Bırakılana dek hiçbiri ulaşmaz. Bırakınca hepsi işlenmeli."],
  batch: ["Toplu webhook", "Bu kadar değişiklik birikince tek gövdede gönderilir."],
  wrong_secret: ["Sahte imza", "Webhook yanlış anahtarla imzalanır. Hat 401 vermeli; sonraki doğru mesaj işlenmeli."],
  late_status: ["Durum geç gelir", "Gönderildi, iletildi, okundu bilgisi bu kadar saniye gecikir."],
  missing_status: ["Durum hiç gelmez", "Bilgi hatta ulaşmaz. Hat beklemede takılmamalı."],
  duplicate_status: ["Durum yinelenir", "Aynı bilgi bir kez daha gelir."],
  failed_status: ["Kabul edilir, sonra düşer", "Mesaj kabul edilir, ardından bu kodla “failed” bildirilir."],
  window_as_status: ["Pencere sonradan hatırlanır", "24 saat geçmişken mesaj kabul edilir, sonra 131047 ile düşer. Hat şablonla yeniden göndermeli."],
  lost_answer: ["Cevap kaybolur", "Mesaj ulaşır ama hat bunu öğrenemez. İki kez gönderilmemeli."],
  slow_answer: ["Cevap gecikir", "Graph API bu kadar saniye sonra cevap verir."],
  http_500: ["Sunucu hatası", "Hiçbir şey olmadan 500 döner. Hat yeniden denemeli."],
  error: ["Hata kodu döner", "İstek bu kodla geri çevrilir: 130429 hız, 131056 kişi başına hız, 131047 pencere …"],
  dead_token: ["Anahtar ölür", "Her isteğe 190 döner. Hat gelen mesajları yine kaydetmeli, kaldırınca sürdürmeli."],
  media_gone: ["Dosya yok", "Dosya kimliği bilinmez. Hat sonra yeniden denemeli."],
  media_url_expired: ["Dosya adresi ölmüş", "Adres 404 verir. Hat yeni adres istemeli."],
  media_wrong_sha: ["Özet tutmaz", "Bildirilen sha256 dosyanınki değildir; dosya saklanmaz, talep açılır."],
  media_truncated: ["Dosya yarım gelir", "Bağlantı ortada kesilir. Hat yeniden denemeli."],
  media_oversized: ["Dosya çok büyük", "Bu kadar bayt gönderilir. Hat dosyayı almamalı, başvuru yine açılmalı."],
  media_redirect: ["Dosya başka yere yönlendirir", "Hat yabancı adrese gitmemeli, anahtarı oraya vermemeli."],
};

export const OPTIONS = {
  copies: "Kopya", seconds: "Saniye", size: "Değişiklik sayısı", status: "Hangi durum", code: "Kod",
  how: "Nasıl", on: "Nerede", bytes: "Bayt", to: "Adres",
};

export const VALUES = {
  any: "hepsi", sent: "gönderildi", delivered: "iletildi", read: "okundu", played: "dinlendi", failed: "başarısız",
  messages: "mesaj gönderme", upload: "dosya yükleme", media: "dosya bilgisi", file: "dosya indirme", number: "numara bilgisi",
  templates: "şablonlar", apps: "uygulamalar", close: "bağlantı kopar", timeout: "zaman aşımı",
};

/** `[title, type, fields]` of messages that no button of the telephone sends. */
export const UNUSUAL = [
  ["Anket (desteklenmiyor, 131051)", "unsupported", { code: 131051, subtype: "poll" }],
  ["Hayalet mesaj (131060, sonra gerçeği)", "ghost", { text: "Köşk mahallesinde yolda çukur var" }],
  ["Bozuk düğme cevabı", "broken_reply", {}],
  ["Form cevabı", "flow", { response: "{\"konu\":\"deneme\"}" }],
  ["Sipariş", "order", {}],
  ["Sohbeti ilk kez açtı", "welcome", {}],
  ["İletilmiş mesaj", "text", { text: "Komşunun mesajı: sokak lambası yanmıyor", forwarded: true }],
  ["Kullanıcı kimliği değişti", "user_id_change", {}],
];
