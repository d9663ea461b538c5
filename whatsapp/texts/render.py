"""Builds Cloud API messages from the texts in `texts.catalog`; of a report's confirmation see `confirmation`. Pure.

Maximum lengths are Meta's (whatsapp/graph/lengths.py); texts of citizens and clerks
are cut to fit, a test checks that our own do.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from departments.working_time.working_hours import ISTANBUL
from whatsapp.graph.lengths import (
    CAPTION_LIMIT,
    DESCRIPTION_LIMIT,
    INTERACTIVE_LIMIT,
    LIST_LIMIT,
    TEXT_LIMIT,
    clip,
    units,
)
from whatsapp.texts import catalog, template_parameters
from whatsapp.texts.catalog.statuses import WORDS
from whatsapp.texts.catalog.types import Catalog

# The buttons below a sentence, by their action.
_BUTTONS = {
    "ask_same": ("same", "new"),
    "ask_cancel": ("cancel_yes", "cancel_no"),
    "joined_settled": ("reopen",),
    "not_ours": ("insist",),
}
_REQUESTS_PLACE = frozenset(
    {
        "ask_place",
        "ask_place_again",
        "ask_place_spoken",
        "ask_place_link",
        "ask_abroad",
        "ask_outside",
        "ask_new_place",
    }
)


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A message to send: its text for staff, its body for the Cloud API, and an approved template for a closed 24-hour
    window; None where it is not sent then.
    """

    text: str
    payload: dict[str, Any]
    template: dict[str, Any] | None

    @property
    def read(self) -> str:
        """The text as the citizen sees it, with the options below it."""
        return str(self.payload.get("interactive", {}).get("body", {}).get("text", self.text))


@dataclass(frozen=True, slots=True)
class TicketLine:
    """The data of a ticket in a message to its citizen; `status` is the workflow's code, `subject` '' where none is
    known, `late` that the day it was `due` has passed while it `is_open`, `told` that those in charge know,
    `missing` what is still to be told of it ("what", "place"), `agency` whose job it may be, in a sentence, `planned`
    the day that it is planned for.
    """

    number: str
    subject: str
    status: str
    department: str = ""
    neighbourhood: str = ""
    due: date | None = None
    link: str = ""
    is_open: bool = False
    late: bool = False
    told: bool = False
    missing: Sequence[str] = field(default=())
    agency: str = ""
    planned: date | None = None


def say(
    key: str,
    language: str = "tr",
    *,
    notice_url: str = "",
    detail: str = "",
    number: str = "",
    at: datetime | None = None,
    advice: str = "",
    bulletin: str = "",
) -> OutgoingMessage:
    """A sentence by name, with its buttons. A missing key is a bug. A bulletin comes before it, the sentence named by
    `advice` and the privacy notice after it, here and below; `detail` is the answer of a "faq", or the address to apply
    to of "data_asked".
    """
    table = catalog.of(language)
    if key == "request_phone_number":
        return _ask_number(table.sentences[key], language)
    sentence = detail
    if key != "faq":
        sentence = table.sentences[key].format(
            number=number, detail=detail, address=detail, at=moment(at, table)
        )
    if key == "data_asked" and detail:
        sentence = f"{sentence} {table.sentences['data_address'].format(address=detail)}"
    body = framed(sentence, table, notice_url, bulletin, advice if advice != key else "")
    if key == "help":
        return _menu(body, table, language)
    if key == "ask_stars":
        rows = [(f"stars{score}:{number}", title, "") for score, title in enumerate(table.stars, 1)]
        return _list(body, table.buttons["rate"], rows[::-1], language)
    if key in _REQUESTS_PLACE:
        return _location_request(body, language)
    titles = [(_choice(what, number), table.buttons[what]) for what in _BUTTONS.get(key, ())]
    return with_buttons(body, titles, table, language) if titles else _plain(body, language)


def danger(key: str, language: str = "tr", *, number: str = "") -> OutgoingMessage:
    """A sentence of danger by its key, plain text and alone: no header, button, link or notice (docs/danger.md).

    Without a language it is said in all of them, a line each.
    """
    languages = [language] if language else catalog.TABLES
    body = "\n".join(catalog.of(each).danger[key].format(number=number) for each in languages)
    return OutgoingMessage(body, {"type": "text", "text": {"body": body}}, template=None)


def statuses(
    tickets: Sequence[TicketLine],
    language: str = "tr",
    *,
    asked: str | None,
    notice_url: str = "",
    advice: str = "",
    bulletin: str = "",
) -> OutgoingMessage:
    """The answer to "durum": the citizen's own tickets, or the one asked for; others' tickets count as unknown."""
    table = catalog.of(language)
    if tickets:
        body = "\n".join(_status(each, table) for each in tickets)
    elif asked:
        body = table.sentences["unknown"].format(number=asked)
    else:
        body = table.sentences["no_tickets"]
    return _plain(framed(body, table, notice_url, bulletin, advice), language)


def _status(ticket: TicketLine, table: Catalog) -> str:
    status = table.statuses[ticket.status]
    if ticket.is_open and ticket.planned and not ticket.late:
        status = table.confirmation["planned"].format(status=status, planned=day(ticket.planned, table))
    elif ticket.is_open and ticket.due:
        form = ("overdue" if ticket.told else "late") if ticket.late else "target"
        status = table.confirmation[form].format(status=status, due=day(ticket.due, table))
    more = [ticket.agency, *(table.confirmation[f"missing_{each}"] for each in ticket.missing)]
    return ". ".join(filter(None, (f"{_named(ticket)}: {status}", " ".join(filter(None, more)))))


def choose(
    tickets: Sequence[TicketLine],
    language: str = "tr",
    *,
    notice_url: str = "",
    bulletin: str = "",
    advice: str = "",
) -> OutgoingMessage:
    """The citizen's open tickets, to pick the one to cancel from."""
    table = catalog.of(language)
    rows = [(f"cancel:{t.number}", t.number, t.subject) for t in tickets]
    body = framed(table.sentences["choose"], table, notice_url, bulletin, advice)
    return _list(body, table.buttons["choose"], rows, language)


def news(
    status: str,
    number: str,
    language: str = "tr",
    *,
    text: str = "",
    planned: date | None = None,
    agency: str = "",
) -> OutgoingMessage | None:
    """The message about a transition to `status`; None where the citizen gets none."""
    table = catalog.of(language)
    if status not in table.statuses or status not in table.news:
        return None
    when = day(planned, table) if planned else table.news["soon"]
    values = {"text": text, "planned": when, "agency": agency or table.news["agency"]}
    sentence = table.news[status] if text else table.news[status].replace(" {text}", "")
    news = sentence.format(number=number, **values).strip()
    words = _plain(news, language)
    if buttons := WORDS[status].buttons:
        titles = [(f"{what}:{number}", table.buttons[what]) for what in buttons]
        asked = with_buttons(f"{news}\n\n{table.news['solved?']}", titles, table, language)
        words = replace(words, payload=asked.payload)
    if status in template_parameters.NAMES:
        words = replace(words, template=template_parameters.filled(status, language, number=number, **values))
    return words


def photo(number: str, language: str = "tr") -> OutgoingMessage:
    """A photo of the finished work with its caption; the file's media id is added when it is sent."""
    caption = catalog.of(language).news["photo"].format(number=number)
    return OutgoingMessage(caption, {"type": "image", "image": {"caption": caption}}, template=None)


def captioned(body: str, document: str = "") -> OutgoingMessage:
    """A photo of staff with their text as caption, cut at 1024; with a file name a `document`, shown by that name."""
    message = _plain(body, "tr")
    caption = {"caption": clip(message.text, CAPTION_LIMIT)}
    payload = (
        {"type": "document", "document": caption | {"filename": document}}
        if document
        else {"type": "image", "image": caption}
    )
    return OutgoingMessage(message.text, payload, message.template)


def plain(body: str) -> OutgoingMessage:
    """A text message, cut at 4096."""
    return _plain(body, "tr")


def day(value: date, table: Catalog) -> str:
    """A date as people write it: 3 Kasım 2026."""
    return f"{value.day} {table.months[value.month - 1]} {value.year}"


def moment(at: datetime | None, table: Catalog) -> str:
    """Day and hour in Kayseri as people write them: 3 Kasım 08.30; '' for none."""
    if at is None:
        return ""
    local = at.astimezone(ISTANBUL)
    return f"{local.day} {table.months[local.month - 1]} {local:%H.%M}"


def framed(body: str, table: Catalog, notice_url: str, bulletin: str, advice: str) -> str:
    """The body with what stands around a first answer, each a paragraph of its own; one too long for the notice is cut,
    so that the notice stays whole."""
    body = f"{body}\n{table.sentences[advice]}" if advice else body
    body = f"{bulletin}\n\n{body}" if bulletin else body
    if not notice_url:
        return body
    notice = table.notice.format(url=notice_url)
    return f"{clip(body, TEXT_LIMIT - units(notice) - 2)}\n\n{notice}"


def _named(ticket: TicketLine) -> str:
    return f"{ticket.number} · {ticket.subject}" if ticket.subject else ticket.number


def _choice(what: str, number: str) -> str:
    return f"{'unsolved' if what == 'reopen' else what}:{number}"


def _plain(body: str, language: str) -> OutgoingMessage:
    body = clip(body, TEXT_LIMIT)
    return OutgoingMessage(
        body, {"type": "text", "text": {"body": body}}, template_parameters.plain(body, language)
    )


def _interactive(kind: str, body: str, limit: int, action: dict[str, Any], language: str) -> OutgoingMessage:
    body = clip(body, limit)
    content = {"type": kind, "body": {"text": body}, "action": action}
    return OutgoingMessage(
        body, {"type": "interactive", "interactive": content}, template_parameters.plain(body, language)
    )


def _location_request(body: str, language: str) -> OutgoingMessage:
    """The question with WhatsApp's own button; without it where the words are too many for one."""
    if units(body) > INTERACTIVE_LIMIT:
        return _plain(body, language)
    return _interactive(
        "location_request_message", body, INTERACTIVE_LIMIT, {"name": "send_location"}, language
    )


def _ask_number(body: str, language: str) -> OutgoingMessage:
    return _interactive(
        "request_contact_info", body, INTERACTIVE_LIMIT, {"name": "request_contact_info"}, language
    )


def with_buttons(
    body: str, titles: Sequence[tuple[str, str]], table: Catalog, language: str
) -> OutgoingMessage:
    """A message with reply buttons, or with a list of the same options where the body is too long for buttons."""
    if units(body) > INTERACTIVE_LIMIT:
        return _list(
            body, table.buttons["answer"], [(choice, title, "") for choice, title in titles], language
        )
    buttons = [{"type": "reply", "reply": {"id": choice, "title": title}} for choice, title in titles]
    return _interactive("button", body, INTERACTIVE_LIMIT, {"buttons": buttons}, language)


def _list(body: str, label: str, rows: Sequence[tuple[str, str, str]], language: str) -> OutgoingMessage:
    lines = [
        {"id": choice, "title": title} | ({"description": clip(more, DESCRIPTION_LIMIT)} if more else {})
        for choice, title, more in rows
    ]
    return _interactive("list", body, LIST_LIMIT, {"button": label, "sections": [{"rows": lines}]}, language)


def _menu(body: str, table: Catalog, language: str) -> OutgoingMessage:
    languages = [("turkish", "Türkçe", ""), ("english", "English", ""), ("arabic", "العربية", "")]
    rows = [(what, title, "") for what, title in table.menu.items()]
    here = {"tr": "turkish", "en": "english", "ar": "arabic"}[language]
    return _list(body, table.buttons["menu"], rows + [row for row in languages if row[0] != here], language)
