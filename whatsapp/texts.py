"""From what is to be said to the Cloud API message that carries it. Pure; the sentences are in `whatsapp.sentences`.

Lengths are those of the contract, section 4, in UTF-16 units; what a citizen or a clerk wrote is cut to fit,
our own sentences are short enough by test.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from whatsapp import sentences
from whatsapp.sentences import TABLES
from whatsapp.sentences.table import Table

TEXT_LIMIT = 4096
INTERACTIVE_LIMIT = 1024
TEMPLATE_LIMIT = 1024
LIST_LIMIT = 4096
TITLE_LIMIT, ROW_LIMIT, DESCRIPTION_LIMIT = 20, 24, 72
NOTICE_VERSION = "1"
# The approved templates that carry news once the 24-hour window is shut; {{1}} is the news itself.
FALLBACK_TEMPLATE = "basvuru_bilgi"
RESOLVED_TEMPLATE = "basvuru_cozuldu"
_EXAMPLE = "MG-2026-000123 numaralı başvurunuz çözüldü."
# What a sentence is offered with: buttons under it, by what a tap on them asks for.
_BUTTONS = {
    "ask_same": ("same", "new"),
    "ask_cancel": ("cancel_yes", "cancel_no"),
    "joined_settled": ("reopen",),
}
_REQUESTS_PLACE = frozenset(
    {"ask_place", "ask_place_spoken", "ask_place_link", "ask_outside", "ask_new_place"}
)


@dataclass(frozen=True, slots=True)
class Words:
    """One thing to say: the text as staff see it, the message body the Cloud API takes, and the language of both.

    `choices` are the ids of its buttons where the template has the same ones.
    """

    text: str
    payload: dict[str, Any]
    language: str = "tr"
    choices: tuple[str, ...] = ()

    @property
    def template(self) -> dict[str, Any]:
        """The same words as the approved template, for when the window is shut."""
        table = sentences.of(self.language)
        around = table.template_resolved if self.choices else table.template
        # A parameter may hold neither line breaks nor more than four spaces in a row.
        line = clip(" ".join(self.text.split()), TEMPLATE_LIMIT - units(around))
        body = {"type": "body", "parameters": [{"type": "text", "text": line}]}
        quick = [
            {
                "type": "button",
                "sub_type": "quick_reply",
                "index": str(index),
                "parameters": [{"type": "payload", "payload": choice}],
            }
            for index, choice in enumerate(self.choices)
        ]
        name = RESOLVED_TEMPLATE if self.choices else FALLBACK_TEMPLATE
        return {"name": name, "language": {"code": self.language}, "components": [body, *quick]}


@dataclass(frozen=True, slots=True)
class TicketLine:
    """What a citizen is told of one ticket; `status` is the workflow's code."""

    number: str
    summary: str
    status: str
    department: str = ""
    neighbourhood: str = ""
    due: date | None = None


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a confirmation says beside the ticket: what is missing ("what", "place"), and whose job it may be.

    `known` says that it was reported before, `several` that more than one problem was, `spoken` that nobody has heard
    yet what it is about, `closed` that nobody is at work now.
    """

    missing: Sequence[str] = field(default=())
    agency: str = ""
    known: bool = False
    several: bool = False
    spoken: bool = False
    closed: bool = False


def say(key: str, language: str = "tr", *, notice_url: str = "", detail: str = "", number: str = "") -> Words:
    """A sentence by name, with what it is offered with. A missing key is a bug.

    The privacy notice stands before it, but after a warning of danger: nothing comes before that.
    """
    table = sentences.of(language)
    if key == "danger":
        warning = table.danger.get(detail, table.danger[""])
        return _plain(
            f"{warning}\n\n{table.notice.format(url=notice_url)}" if notice_url else warning, language
        )
    if key == "ask_number":
        return _ask_number(table.sentences[key], language)
    said = detail if key == "faq" else table.sentences[key].format(number=number)
    body = _greeted(said, table, notice_url)
    if key == "help":
        return _menu(body, table, language)
    if key == "ask_stars":
        rows = [(f"stars{score}:{number}", title, "") for score, title in enumerate(table.stars, 1)]
        return _list(body, table.buttons["rate"], rows[::-1], language)
    if key in _REQUESTS_PLACE:
        return _location_request(body, language)
    titles = [(_choice(what, number), table.buttons[what]) for what in _BUTTONS.get(key, ())]
    return _buttons(body, titles, table, language) if titles else _plain(body, language)


def confirmation(
    ticket: TicketLine, about: Circumstances, language: str = "tr", *, notice_url: str = ""
) -> Words:
    """The answer to a report: number, subject, department, mahalle, expected day, and what is still missing."""
    table = sentences.of(language)
    said = table.confirmation
    missing = said["and"].join(said[each] for each in about.missing)
    lines = (
        said["received"],
        said["number"].format(number=ticket.number),
        said["subject"].format(subject=ticket.summary or said["untitled"]),
        said["department"].format(department=ticket.department) if ticket.department else "",
        said["neighbourhood"].format(neighbourhood=ticket.neighbourhood) if ticket.neighbourhood else "",
        f"{about.agency} {said['insist']}" if about.agency else "",
        said["due"].format(due=day(ticket.due, table)) if ticket.due and not about.agency else "",
        said["known"] if about.known else "",
        said["several"] if about.several else "",
        said["spoken"] if about.spoken else "",
        said["closed"] if about.closed else "",
        said["missing"].format(missing=missing) if missing else "",
    )
    offered = ("insist", "add", "cancel") if about.agency else ("add", "move", "cancel")
    titles = [(f"{what}:{ticket.number}", table.buttons[what]) for what in offered]
    body = _greeted("\n".join(filter(None, lines)), table, notice_url)
    return _buttons(body, titles, table, language)


def statuses(
    tickets: Sequence[TicketLine], language: str = "tr", *, asked: str | None, notice_url: str = ""
) -> Words:
    """The answer to "durum": the citizen's own tickets, or the one asked for; an unknown one is just unknown."""
    table = sentences.of(language)
    if tickets:
        body = "\n".join(f"{t.number} · {t.summary}: {table.statuses[t.status]}" for t in tickets)
    elif asked:
        body = table.sentences["unknown"].format(number=asked)
    else:
        body = table.sentences["no_tickets"]
    return _plain(_greeted(body, table, notice_url), language)


def choose(tickets: Sequence[TicketLine], language: str = "tr", *, notice_url: str = "") -> Words:
    """The citizen's open tickets, to pick the one to cancel from."""
    table = sentences.of(language)
    rows = [(f"cancel:{t.number}", t.number, t.summary) for t in tickets]
    return _list(
        _greeted(table.sentences["choose"], table, notice_url), table.buttons["choose"], rows, language
    )


def news(
    status: str,
    number: str,
    language: str = "tr",
    *,
    text: str = "",
    planned: date | None = None,
    agency: str = "",
) -> Words | None:
    """What a citizen hears of a move to `status`; None where there is nothing to tell."""
    table = sentences.of(language)
    if status not in table.statuses or status not in table.news:
        return None
    when = day(planned, table) if planned else table.news["soon"]
    said = table.news[status].format(
        number=number, text=text, planned=when, agency=agency or table.news["agency"]
    )
    said = said.strip()
    if status != "RESOLVED":
        return _plain(said, language)
    titles = [(f"{what}:{number}", table.buttons[what]) for what in ("solved", "unsolved")]
    asked = _buttons(f"{said}\n\n{table.news['solved?']}", titles, table, language)
    return Words(said, asked.payload, language, tuple(choice for choice, _ in titles))


def plain(body: str) -> Words:
    """A text message, cut at 4096."""
    return _plain(body, "tr")


def read_as_template(words: Words) -> str:
    """What a citizen reads when the words go as their template."""
    filled = words.template
    name, language = filled["name"], filled["language"]["code"]
    [approved] = [each for each in TEMPLATES if (each["name"], each["language"]) == (name, language)]
    [shown] = [part["text"] for part in approved["components"] if part["type"] == "BODY"]
    [body] = [part for part in filled["components"] if part["type"] == "body"]
    for number, parameter in enumerate(body["parameters"], 1):
        shown = shown.replace(f"{{{{{number}}}}}", parameter["text"])
    return str(shown)


def day(value: date, table: Table) -> str:
    """A date as people write it: 3 Kasım 2026."""
    return f"{value.day} {table.months[value.month - 1]} {value.year}"


def units(text: str) -> int:
    """Length as WhatsApp counts it: UTF-16 units, so most emoji count twice."""
    return len(text.encode("utf-16-le")) // 2


def clip(text: str, limit: int) -> str:
    """`text` cut to `limit` UTF-16 units with an ellipsis, never inside a character."""
    if units(text) <= limit:
        return text
    kept = text.encode("utf-16-le")[: (limit - 1) * 2].decode("utf-16-le", errors="ignore")
    return kept.rstrip() + "…"


def _greeted(body: str, table: Table, notice_url: str) -> str:
    return f"{table.notice.format(url=notice_url)}\n\n{body}" if notice_url else body


def _choice(what: str, number: str) -> str:
    return f"{'unsolved' if what == 'reopen' else what}:{number}"


def _plain(body: str, language: str) -> Words:
    body = clip(body, TEXT_LIMIT)
    return Words(body, {"type": "text", "text": {"body": body}}, language)


def _interactive(kind: str, body: str, limit: int, action: dict[str, Any], language: str) -> Words:
    body = clip(body, limit)
    content = {"type": kind, "body": {"text": body}, "action": action}
    return Words(body, {"type": "interactive", "interactive": content}, language)


def _location_request(body: str, language: str) -> Words:
    return _interactive(
        "location_request_message", body, INTERACTIVE_LIMIT, {"name": "send_location"}, language
    )


def _ask_number(body: str, language: str) -> Words:
    return _interactive(
        "request_contact_info", body, INTERACTIVE_LIMIT, {"name": "request_contact_info"}, language
    )


def _buttons(body: str, titles: Sequence[tuple[str, str]], table: Table, language: str) -> Words:
    """Reply buttons; a body longer than they carry gets the same choices as a list, which carries more."""
    if units(body) > INTERACTIVE_LIMIT:
        return _list(
            body, table.buttons["answer"], [(choice, title, "") for choice, title in titles], language
        )
    buttons = [{"type": "reply", "reply": {"id": choice, "title": title}} for choice, title in titles]
    return _interactive("button", body, INTERACTIVE_LIMIT, {"buttons": buttons}, language)


def _list(body: str, label: str, rows: Sequence[tuple[str, str, str]], language: str) -> Words:
    lines = [
        {"id": choice, "title": title} | ({"description": clip(more, DESCRIPTION_LIMIT)} if more else {})
        for choice, title, more in rows
    ]
    return _interactive("list", body, LIST_LIMIT, {"button": label, "sections": [{"rows": lines}]}, language)


def _menu(body: str, table: Table, language: str) -> Words:
    languages = [("turkish", "Türkçe", ""), ("english", "English", ""), ("arabic", "العربية", "")]
    rows = [(what, title, "") for what, title in table.menu.items()]
    here = {"tr": "turkish", "en": "english", "ar": "arabic"}[language]
    return _list(body, table.buttons["menu"], rows + [row for row in languages if row[0] != here], language)


def _template(name: str, language: str, text: str, titles: Sequence[str]) -> dict[str, Any]:
    body = {"type": "BODY", "text": text, "example": {"body_text": [[_EXAMPLE]]}}
    quick = {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": title} for title in titles]}
    components = [body, quick] if titles else [body]
    return {"name": name, "language": language, "category": "UTILITY", "components": components}


# As Meta approves them; a template may neither begin nor end with its parameter, so both ends are ours.
TEMPLATES: tuple[dict[str, Any], ...] = tuple(
    template
    for language, table in TABLES.items()
    for template in (
        _template(FALLBACK_TEMPLATE, language, table.template, ()),
        _template(
            RESOLVED_TEMPLATE,
            language,
            table.template_resolved,
            (table.buttons["solved"], table.buttons["unsolved"]),
        ),
    )
)
