"""Which pages are looked at, for what, and the accessibility statement that is made of it: docs/erisilebilirlik.md.

tests/browser/test_every_page.py looks at each of PAGES for each of CHECKS, so the statement says no more than was
looked at. What a page does not meet yet stands in UNMET, with the reason; the test fails when it is met after all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

STATEMENT = Path(__file__).parents[1] / "docs" / "erisilebilirlik.md"


@dataclass(frozen=True)
class LookedAt:
    """A page: its Turkish name, where it is, and whether one has to be signed in. `{code}` in the path is the secret
    code of a ticket; `first` is the selector of a link on the page, to a page that is known only then. `picture` is the
    name under which it is kept for docs/gorunus.md.
    """

    name: str
    path: str
    staff: bool = True
    first: str = ""
    picture: str = ""


@dataclass(frozen=True)
class Criterion:
    """What a page is looked at for: in words, and the criteria of WCAG 2.2 that it is about."""

    words: str
    criteria: str


PAGES = (
    LookedAt("Başlangıç sayfası", "/", staff=False),
    LookedAt("Denemedeki telefon", "/emulator/", staff=False),
    LookedAt("Sayılarla Çözüm Hattı", "/sayilarla/", staff=False, picture="sayilar"),
    LookedAt("Başvuru takibi: bilinmeyen kod", "/d/AAAAAAAA", staff=False),
    LookedAt("Başvuru takibi", "/d/{code}", staff=False),
    LookedAt("Böyle bir sayfa yok", "/yok/", staff=False),
    LookedAt("Başlangıç sayfası, İngilizce", "/?dil=en", staff=False),
    LookedAt("Sayılarla Çözüm Hattı, İngilizce", "/sayilarla/?dil=en", staff=False),
    LookedAt("Başvuru takibi, İngilizce", "/d/{code}?dil=en", staff=False),
    LookedAt("Böyle bir sayfa yok, İngilizce", "/yok/?dil=en", staff=False),
    LookedAt("Duvar ekranının anahtarı", "/duvar/", staff=False),
    LookedAt("Oturum açma", "/admin/login/", staff=False),
    LookedAt("Parolamı unuttum", "/admin/giris/parolami-unuttum/", staff=False),
    LookedAt("Panel", "/admin/", picture="panel"),
    LookedAt("Başvurular", "/admin/tickets/ticket/"),
    LookedAt(
        "Başvuru", "/admin/tickets/ticket/", first="#result_list a[href*='/change/'], a[href*='/change/']"
    ),
    LookedAt("Bekleyenler", "/admin/bekleyenler/"),
    LookedAt("Canlı pano", "/admin/pano/"),
    LookedAt("Duvar ekranları", "/admin/pano/duvar/"),
    LookedAt("Yeni başvuru", "/admin/yeni/"),
    LookedAt("Yönlendirme onayı", "/admin/yonlendirmeler/"),
    LookedAt("Saha işleri", "/admin/saha/"),
    LookedAt("Saha işi", "/admin/saha/", first="#jobs h2 a"),
    LookedAt("Bildirimlerim", "/admin/bildirimler/"),
    LookedAt("Tatbikat", "/admin/tatbikat/"),
    LookedAt("Raporlar", "/admin/raporlar/"),
    LookedAt("Birimim", "/admin/birimim/", picture="birimim"),
    LookedAt("Vatandaşlar", "/admin/tickets/citizen/"),
    LookedAt(
        "Vatandaş", "/admin/tickets/citizen/", first="#result_list a[href*='/citizen/'][href*='/change/']"
    ),
    LookedAt("Hesabım", "/admin/hesabim/"),
    LookedAt("Kılavuz", "/admin/kilavuz/operator/"),
    LookedAt("İlk gün", "/admin/ilk-gun/"),
    LookedAt("Kişi ara (KVKK)", "/admin/kisisel-veri/"),
    LookedAt("KVKK talepleri", "/admin/kisisel-veri/talepler/"),
    LookedAt("Veri ihlali", "/admin/veri-ihlali/"),
    LookedAt("Yönlendirici", "/admin/yonlendirici/"),
    LookedAt("Müdürlükler", "/admin/departments/department/"),
    LookedAt("Kategoriler", "/admin/departments/category/"),
    LookedAt("Mahalleler", "/admin/departments/neighbourhood/"),
    LookedAt("Yönlendirme kuralları", "/admin/departments/routingrule/"),
    LookedAt("Nöbet çizelgesi", "/admin/departments/dutyshift/"),
    LookedAt("Çalışma saatleri", "/admin/departments/workinghours/"),
    LookedAt("Kurumlar", "/admin/departments/agency/"),
    LookedAt("Vatandaşa söylenenler", "/admin/whatsapp/textoverride/"),
    LookedAt("Günün duyurusu", "/admin/whatsapp/bulletin/"),
    LookedAt("Sorular ve cevaplar", "/admin/whatsapp/faqentry/"),
    LookedAt("Hazır cevaplar", "/admin/tickets/cannedanswer/"),
    LookedAt("API anahtarları", "/admin/tickets/apikey/"),
    LookedAt("Kişiler", "/admin/auth/user/"),
    LookedAt("Kişi", "/admin/auth/user/1/change/"),
    LookedAt("İçe aktarma", "/admin/departments/department/import/"),
    LookedAt("Böyle bir sayfa yok (yönetim)", "/admin/yok/"),
    LookedAt("Mesaj şablonları", "/admin/whatsapp/textoverride/sablonlar/"),
    LookedAt("Görevlendirmeler", "/admin/departments/membership/"),
    LookedAt("Girişler", "/admin/departments/signin/"),
    LookedAt("Ayar değişiklikleri", "/admin/admin/logentry/"),
    LookedAt("Ana arterler", "/admin/departments/artery/"),
    LookedAt("Özel günler", "/admin/departments/specialday/"),
    LookedAt("Yönlendirme modelleri", "/admin/departments/routermodel/"),
    LookedAt("Düzeltmeler", "/admin/departments/correction/"),
    LookedAt("Tehlike düzeltmeleri", "/admin/departments/dangercorrection/"),
    LookedAt("Zaman çizelgesi", "/admin/tickets/ticketevent/"),
    LookedAt("Dosyalar", "/admin/tickets/attachment/"),
    LookedAt("Süre aşımları", "/admin/tickets/breach/"),
    LookedAt("Bildirimler", "/admin/tickets/notification/"),
    LookedAt("Numara sayaçları", "/admin/tickets/ticketnumber/"),
    LookedAt("Saklama süreleri", "/admin/tickets/retention/"),
    LookedAt("İmha engelleri", "/admin/tickets/legalhold/"),
    LookedAt("İmha kayıtları", "/admin/tickets/destruction/"),
    LookedAt("Erişim kayıtları", "/admin/tickets/access/"),
    LookedAt("Webhook’lar", "/admin/tickets/webhook/"),
    LookedAt("Webhook bildirimleri", "/admin/tickets/webhookcall/"),
    LookedAt("Konuşmalar", "/admin/whatsapp/conversation/"),
    LookedAt("WhatsApp kimlikleri", "/admin/whatsapp/identity/"),
    LookedAt("Webhook teslimatları", "/admin/whatsapp/inbounddelivery/"),
    LookedAt("Gelen mesajlar", "/admin/whatsapp/message/"),
    LookedAt("Başvuru olmayan mesajlar", "/admin/whatsapp/ticketlessmessage/"),
    LookedAt("Medya", "/admin/whatsapp/media/"),
    LookedAt("Hesap bildirimleri", "/admin/whatsapp/unhandledupdate/"),
    LookedAt("Giden mesajlar", "/admin/whatsapp/outbox/"),
    LookedAt("Bildirilemeyen olaylar", "/admin/whatsapp/announcementfailure/"),
    LookedAt("Durum bildirimleri", "/admin/whatsapp/statusupdate/"),
    LookedAt("Kanal durumu", "/admin/whatsapp/channelstate/"),
    LookedAt("Aydınlatma metinleri", "/admin/whatsapp/noticeversion/"),
)

CHECKS: Mapping[str, Criterion] = {
    "axe": Criterion(
        "axe-core’un WCAG A ve AA kuralları, 1280 ve 390 pikselde, hedef büyüklüğü de",
        "1.1.1, 1.3.1, 2.4.1–2.4.4, 2.5.8, 3.1.1, 3.3.2, 4.1.2",
    ),
    "contrast": Criterion("karşıtlık, açık ve koyu temada, 1280 ve 390 pikselde", "1.4.3"),
    "reflow": Criterion("%400 yakınlaştırma (320 piksel): yana kaydırmadan okunur", "1.4.10"),
    "keyboard": Criterion(
        "yalnızca klavye: odak sırayla ilerler, görünür, örtülmez, hiçbir yerde takılmaz",
        "2.1.1, 2.1.2, 2.4.3, 2.4.7, 2.4.11",
    ),
    "motion": Criterion("hareketi azaltılmış istenince hiçbir şey kıpırdamaz", "2.2.2, 2.3.3"),
}

UNMET: Mapping[tuple[str, str], str] = {}

BY_HAND = (
    "Gerçek bir ekran okuyucuyla (NVDA, JAWS, VoiceOver, TalkBack) bütün bir iş baştan sona",
    "Sesle kumanda, tek anahtarla tarama, göz izleme",
    "Hata iletilerinin ve sayfa metinlerinin sade olduğu (3.3.1, 3.3.3): kuralla değil, okuyanla anlaşılır",
    "Fotoğrafların açıklaması: vatandaşın gönderdiği resmi kimse betimlemez, altında vatandaşın sözü durur",
    "Ses kayıtlarının yazıya dökülmesi (1.2.1): kayıt dinlenir, hat yazıya dökmez",
    "Üretilen PDF’lerin etiketleri (PDF/UA): aynı sayılar Raporlar sayfasında tablo olarak da durur",
    "Bu sayfalarda açılan her pencere ve menünün kendisi: her sayfa açıldığı hâliyle denendi",
)


def statement() -> str:
    """The statement, in Turkish, as Markdown."""
    pages = "\n".join(f"- {page.name}{'' if page.staff else ' (oturumsuz)'}" for page in PAGES)
    checks = "\n".join(f"| {each.words} | {each.criteria} |" for each in CHECKS.values())
    unmet = "\n".join(
        f"- {page}: {CHECKS[check].words}. {reason}" for (page, check), reason in sorted(UNMET.items())
    )
    by_hand = "\n".join(f"- {each}" for each in BY_HAND)
    return f"""# Erişilebilirlik beyanı

Melikgazi Belediyesi Çözüm Hattı’nın web sayfaları için; ölçüt WCAG 2.2, düzey AA. Bu metni testler yazar
(`tests/accessibility.py`): burada yalnızca her sürümde bütün sayfalarda denenen yazılıdır.

## Ne denenir

Her sayfa tarayıcıda açılır ve şunlara bakılır; biri tutmazsa sürüm çıkmaz.

| Denenen | WCAG |
|---|---|
{checks}

## Hangi sayfalarda

{pages}

## Bilinen eksikler

{unmet or "Yukarıda denenenlerde bilinen eksik yoktur."}

## Hiçbir makinenin denemediği

Bunlar bu beyanın dışındadır; elle denenmesi gerekir.

{by_hand}

## Bildirim

Kullanamadığınız bir sayfa varsa WhatsApp hattımıza ya da belediyeye yazın: neyi yapmak istediğiniz ve nerede
takıldığınız yeter. İçerik size başka bir yolla ulaştırılır.
"""
