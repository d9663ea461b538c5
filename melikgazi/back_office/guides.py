"""The guides of docs/ as pages of the back office, and the “?” link from each page to the section about it."""

import re
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from markdown_it import MarkdownIt
from PIL import Image

from departments.text.folding import fold

GUIDES = {
    "operator": "Operatör kılavuzu",
    "yonetici": "Yönetici kılavuzu",
    "kvkk": "KVKK kılavuzu",
    "acil": "Acil bildirim kılavuzu",
}
# Beginning of the path below /admin/ (regular expression) → guide and section; the first match counts.
_EXPLAINED = {
    re.compile(rf"\A(?:{begins})"): part
    for begins, part in {
        r".*/(import|export)/": ("yonetici", "Tabloları dosyayla değiştirmek"),
        r"tickets/ticket/\d": ("operator", "Bir başvuru"),
        r"tickets/ticket/": ("operator", "Kuyruk"),
        r"tickets/citizen/": ("operator", "Vatandaşlar"),
        r"hesabim/|giris/|password_change/": ("operator", "Giriş ve hesabım"),
        r"yeni/": ("operator", "Telefonla ya da yüz yüze gelen başvuru"),
        r"yonlendirmeler/": ("operator", "Başka kurumun işi"),
        r"pano/": ("yonetici", "Canlı pano ve duvar ekranı"),
        r"durumum/": ("operator", "Mola ve vardiya sonu"),
        r"bekleyenler/": ("operator", "Bekleyenler"),
        r"bildirimler/": ("operator", "Bildirimlerim"),
        r"ilk-gun/": ("yonetici", "İlk gün"),
        r"tatbikat/": ("yonetici", "Tatbikat"),
        r"yonlendirici/": ("yonetici", "Yönlendirme kuralları"),
        r"saha/": ("operator", "Sahada"),
        r"tickets/cannedanswer/|whatsapp/faqentry/": ("yonetici", "Hazır cevaplar ve sık sorulanlar"),
        r"tickets/(apikey|webhook)": ("yonetici", "Başka sistemler"),
        r"kisisel-veri/talepler/": ("kvkk", "Talepler"),
        r"veri-ihlali/": ("kvkk", "Veri ihlali"),
        r"kisisel-veri/": ("kvkk", "Bir kişinin verileri"),
        r"tickets/retention/": ("kvkk", "Saklama süreleri"),
        r"tickets/legalhold/": ("kvkk", "İmha engeli"),
        r"tickets/(destruction|access)/": ("kvkk", "Kayıtlar"),
        r"tickets/|raporlar/|birimim/": ("yonetici", "Gözden geçirilecekler"),
        r"whatsapp/noticeversion/": ("kvkk", "Aydınlatma"),
        r"whatsapp/textoverride/": ("yonetici", "Vatandaşın okuduğu cümleler"),
        r"whatsapp/bulletin/": ("yonetici", "Günün duyurusu"),
        r"whatsapp/ticketlessmessage/": ("yonetici", "Gözden geçirilecekler"),
        r"whatsapp/": ("yonetici", "WhatsApp hattı"),
        r"departments/dutyshift/": ("yonetici", "Nöbet"),
        r"departments/(workinghours|specialday)/": ("yonetici", "Çalışma saatleri ve özel günler"),
        r"departments/(rout|correction|dangercorrection|artery)": ("yonetici", "Yönlendirme kuralları"),
        r"departments/signin/|admin/logentry/": ("yonetici", "Girişler ve değişiklikler"),
        r"departments/membership/|auth/": ("yonetici", "Kişi eklemek"),
        r"departments/": ("yonetici", "Müdürlük ve kategori"),
        r"": ("operator", "Güne başlarken"),
    }.items()
}
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Guide:
    title: str
    html: str
    headings: tuple[tuple[str, str], ...]  # anchor and text


def guide(request: HttpRequest, name: str) -> HttpResponse:
    """The page of a guide. Raises Http404 for an unknown one."""
    if name not in GUIDES:
        raise Http404
    read = guide_of(name)
    context = {"title": read.title, "guide": read, "guides": GUIDES.items(), "name": name}
    return render(request, "melikgazi/guide.html", admin.site.each_context(request) | context)


def help_for(path: str) -> str:
    """The URL of the section of a guide about the page at this path."""
    below = path.removeprefix("/admin/")
    name, heading = next(part for begins, part in _EXPLAINED.items() if begins.match(below))
    return f"{reverse('kilavuz', args=[name])}#{anchor(heading)}"


def help_link(request: HttpRequest) -> dict[str, str]:
    """Context processor: the URL of the “?” link on each page of the back office."""
    path = request.path_info
    return {"help_address": help_for(path)} if path.startswith("/admin/") else {}


@cache
def guide_of(name: str) -> Guide:
    """The guide rendered from docs/, with the URLs of its pictures; cached per process."""
    text = (settings.BASE_DIR / "docs" / f"kilavuz-{name}.md").read_text("utf-8")
    headings = tuple((anchor(heading), heading) for heading in _HEADING.findall(text))
    html = MarkdownIt("commonmark", {"html": False}).enable("table").render(text.partition("\n")[2])
    for to, heading in headings:
        html = html.replace(f"<h2>{heading}</h2>", f'<h2 id="{to}">{heading}</h2>')
    html = re.sub(r'src="pictures/([^"]+)"', lambda found: _source(found[1]), html)
    return Guide(GUIDES[name], html, headings)


def _source(picture: str) -> str:
    """The attributes of a picture: URL and size, so that the page does not shift while it loads."""
    with Image.open(settings.BASE_DIR / "docs" / "pictures" / picture) as opened:
        width, height = opened.size
    return f'src="{static(f"kilavuz/{picture}")}" width="{width}" height="{height}" loading="lazy"'


def anchor(heading: str) -> str:
    return fold(heading).replace(" ", "-")
