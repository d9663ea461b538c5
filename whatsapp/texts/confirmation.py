"""The answer to a report, line by line. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from whatsapp.texts import catalog
from whatsapp.texts.render import OutgoingMessage, TicketLine, day, framed, with_buttons


@dataclass(frozen=True, slots=True)
class ConfirmationDetails:
    """The data of a confirmation beside the ticket: what is missing ("what", "place"), and a likely other agency.

    `work`: the kind of urgent work that it is; `known`: it was reported before; `several`: the message had more than
    one problem, `beside`: whose job those are that another body answers for; `asks`: it is a question; `district`: the
    other one that it names as the place; `spoken`: a voice message that staff have yet to listen to; `closed`: outside
    working hours.
    """

    missing: Sequence[str] = field(default=())
    agency: str = ""
    work: str = ""
    known: bool = False
    several: bool = False
    beside: Sequence[str] = field(default=())
    asks: bool = False
    district: str = ""
    spoken: bool = False
    closed: bool = False


def confirmation(
    ticket: TicketLine,
    about: ConfirmationDetails,
    language: str = "tr",
    *,
    notice_url: str = "",
    advice: str = "",
    bulletin: str = "",
) -> OutgoingMessage:
    """The answer to a report: number, link, subject, department, mahalle, expected day, what is missing."""
    table = catalog.of(language)
    texts = table.confirmation
    lines = (
        table.danger[f"work.{about.work}"] if about.work else "",
        texts["question" if about.asks and not about.agency else "received"],
        texts["number"].format(number=ticket.number),
        texts["follow"].format(link=ticket.link) if ticket.link else "",
        texts["subject"].format(subject=ticket.subject) if ticket.subject else "",
        texts["department"].format(department=ticket.department) if ticket.department else "",
        texts["neighbourhood"].format(neighbourhood=ticket.neighbourhood) if ticket.neighbourhood else "",
        f"{about.agency} {texts['insist']}" if about.agency else "",
        texts["due"].format(due=day(ticket.due, table)) if ticket.due and not about.agency else "",
        texts["known"] if about.known else "",
        texts["district"].format(district=about.district) if about.district else "",
        texts["several"] if about.several else "",
        *about.beside,
        texts["spoken"] if about.spoken else "",
        texts["closed"] if about.closed and not (about.agency or about.district) else "",
        *(texts[f"missing_{each}"] for each in about.missing),
    )
    offered = ("insist", "add", "cancel") if about.agency else ("add", "move", "cancel")
    titles = [(f"{what}:{ticket.number}", table.buttons[what]) for what in offered]
    body = framed("\n".join(filter(None, lines)), table, notice_url, bulletin, advice)
    return with_buttons(body, titles, table, language)
