"""Every sentence a citizen reads, and the Cloud API message that carries it. Pure.

Lengths are those of the contract, section 4, in UTF-16 units; what a citizen or a clerk wrote is cut to fit,
our own sentences are short enough by test.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

TEXT_LIMIT = 4096
INTERACTIVE_LIMIT = 1024
TEMPLATE_LIMIT = 1024
# The approved template that carries any text once the 24-hour window is shut; {{1}} is that text.
FALLBACK_TEMPLATE = "basvuru_bilgi"
TEMPLATE_BODY = "Melikgazi Belediyesi Çözüm Hattı: {{1}}\n\nYanıtlamak için bu mesaja yazabilirsiniz."
# As Meta approves it; a template may neither begin nor end with its parameter, so the end is ours.
TEMPLATES: tuple[dict[str, Any], ...] = (
    {
        "name": FALLBACK_TEMPLATE,
        "language": "tr",
        "category": "UTILITY",
        "components": [
            {
                "type": "BODY",
                "text": TEMPLATE_BODY,
                "example": {"body_text": [["MG-2026-000123 numaralı başvurunuz çözüldü."]]},
            }
        ],
    },
)
NOTICE_VERSION = "1"

_NOTICE = (
    "Melikgazi Belediyesi Çözüm Hattı'na hoş geldiniz. Bilgileriniz başvurunuzu çözmek için belediyemizce "
    "işlenir, gerekirse ilgili kuruma iletilir; WhatsApp üzerinden yurt dışına aktarılır. Haklarınız ve "
    "aydınlatma metni: {url}"
)
_SENTENCES = {
    "hello": "Merhaba, size nasıl yardımcı olabiliriz? Sorunu yazın; varsa fotoğrafını ve konumunu gönderin.",
    "ask_what": "Sorunu birkaç kelimeyle yazar mısınız? Sesli mesaj da gönderebilirsiniz.",
    "ask_place": "Bu sorun nerede? Konum gönderin ya da mahalle ve sokağı yazın.",
    "parked": "Mesajınız bize ulaştı. Bir görevlimiz bakıp size dönecek.",
}
# By whose job the danger is: the agencies' codes of departments/data/agencies.json.
_DANGER = {
    "kayserigaz": "Gaz kokusu varsa ortamı havalandırın, ateş yakmayın; hemen 187 Doğalgaz Acil'i ve 112'yi arayın.",
    "kcetas": "Tellere yaklaşmayın; hemen 186 Elektrik Arıza'yı ve 112'yi arayın.",
    "": "Can güvenliği tehlikedeyse hemen 112'yi arayın.",
}
_NEWS = {
    "IN_PROGRESS": "{number} numaralı başvurunuz üzerinde çalışmaya başladık.",
    "PLANNED": "{number} numaralı başvurunuz programa alındı. Planlanan tarih: {planned}.",
    "WAITING": "{number} numaralı başvurunuz için bilginize ihtiyacımız var: {text}",
    "RESOLVED": "{number} numaralı başvurunuz çözüldü. {text}",
    "REJECTED": "{number} numaralı başvurunuz için işlem yapamıyoruz. {text}",
    "REDIRECTED": "{number} numaralı başvurunuz {agency} görev alanında; başvurunuzu ilettik. {text}",
    "DUPLICATE": "{number} numaralı başvurunuzdaki sorun biliniyor; gelişmeleri size de ileteceğiz. {text}",
    "CANCELLED": "{number} numaralı başvurunuz iptal edildi. {text}",
    "ASSIGNED": "{number} numaralı başvurunuz yeniden açıldı, ilgili birime iletildi. {text}",
    "CLOSED": "{number} numaralı başvurunuz kapandı. {text}",
}
_MONTHS = (
    *("Ocak", "Şubat", "Mart", "Nisan", "Mayıs", "Haziran"),
    *("Temmuz", "Ağustos", "Eylül", "Ekim", "Kasım", "Aralık"),
)


@dataclass(frozen=True, slots=True)
class Words:
    """One thing to say: the text as staff see it, and the message body the Cloud API takes."""

    text: str
    payload: dict[str, Any]

    @property
    def template(self) -> dict[str, Any]:
        """The same words as the approved template, for when the window is shut."""
        room = TEMPLATE_LIMIT - units(TEMPLATE_BODY)
        # A parameter may hold neither line breaks nor more than four spaces in a row.
        line = clip(" ".join(self.text.split()), room)
        return {
            "name": FALLBACK_TEMPLATE,
            "language": {"code": "tr"},
            "components": [{"type": "body", "parameters": [{"type": "text", "text": line}]}],
        }


@dataclass(frozen=True, slots=True)
class TicketLine:
    """What a citizen is told of one ticket."""

    number: str
    summary: str
    status: str
    department: str = ""
    neighbourhood: str = ""
    due: date | None = None


def say(key: str, *, notice_url: str = "", detail: str = "") -> Words:
    """A sentence by name; with `notice_url` the privacy notice stands before it. A missing key is a bug."""
    body = _DANGER.get(detail, _DANGER[""]) if key == "danger" else _SENTENCES[key]
    if key == "danger":  # nothing stands before that
        return plain(f"{body}\n\n{_NOTICE.format(url=notice_url)}" if notice_url else body)
    body = _greeted(body, notice_url)
    return location_request(body) if key == "ask_place" else plain(body)


def confirmation(
    ticket: TicketLine, *, missing: Sequence[str], agency: str = "", notice_url: str = ""
) -> Words:
    """The answer to a report: number, subject, department, mahalle, expected day, and what is still missing."""
    lines = ["Başvurunuz alındı.", f"Başvuru no: {ticket.number}", f"Konu: {ticket.summary}"]
    if ticket.department:
        lines.append(f"Birim: {ticket.department}")
    if ticket.neighbourhood:
        lines.append(f"Mahalle: {ticket.neighbourhood}")
    if agency:
        lines.append(agency)
    elif ticket.due:
        lines.append(f"Beklenen sonuç: en geç {day(ticket.due)}")
    if missing:
        lines.append(f"Eksik: {' ve '.join(missing)}. Göndermek isterseniz bu mesajı yanıtlayın.")
    return plain(_greeted("\n".join(lines), notice_url))


def statuses(tickets: Sequence[TicketLine], *, asked: str | None, notice_url: str = "") -> Words:
    """The answer to "durum": the citizen's own tickets, or the one asked for; an unknown one is just unknown."""
    if tickets:
        body = "\n".join(f"{t.number} · {t.summary}: {t.status}" for t in tickets)
    elif asked:
        body = f"{asked} numaralı bir başvurunuz görünmüyor. Numarayı kontrol edip yeniden yazar mısınız?"
    else:
        body = "Kayıtlı bir başvurunuz yok. Sorununuzu yazarsanız hemen kaydedelim."
    return plain(_greeted(body, notice_url))


def news(
    status: str, number: str, *, text: str = "", planned: date | None = None, agency: str = ""
) -> Words | None:
    """What a citizen hears of a move to `status`; None where there is nothing to tell."""
    if status not in _NEWS:
        return None
    when = day(planned) if planned else "en kısa sürede"
    return plain(
        _NEWS[status]
        .format(number=number, text=text, planned=when, agency=agency or "ilgili kurumun")
        .strip()
    )


def plain(body: str) -> Words:
    """A text message, cut at 4096."""
    body = clip(body, TEXT_LIMIT)
    return Words(body, {"type": "text", "text": {"body": body}})


def location_request(body: str) -> Words:
    """A message with WhatsApp's own "send location" button, cut at 1024."""
    body = clip(body, INTERACTIVE_LIMIT)
    request = {
        "type": "location_request_message",
        "body": {"text": body},
        "action": {"name": "send_location"},
    }
    return Words(body, {"type": "interactive", "interactive": request})


def day(value: date) -> str:
    """A date as people write it: 3 Kasım 2026."""
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def units(text: str) -> int:
    """Length as WhatsApp counts it: UTF-16 units, so most emoji count twice."""
    return len(text.encode("utf-16-le")) // 2


def clip(text: str, limit: int) -> str:
    """`text` cut to `limit` UTF-16 units with an ellipsis, never inside a character."""
    if units(text) <= limit:
        return text
    kept = text.encode("utf-16-le")[: (limit - 1) * 2].decode("utf-16-le", errors="ignore")
    return kept.rstrip() + "…"


def _greeted(body: str, notice_url: str) -> str:
    return f"{_NOTICE.format(url=notice_url)}\n\n{body}" if notice_url else body
