"""Words that join a ticket or go to a citizen: notes of staff, more of the description, what may be sent."""

from datetime import datetime

from departments.text.identity_numbers import masked
from tickets.models import Ticket, TicketEvent
from tickets.permissions import Actor, parties, require_staff
from tickets.services._ticket_rows import append_event, locked_ticket
from tickets.services.mentions import tell_mentioned
from tickets.services.opening import summarised
from tickets.services.waiting_for_citizen import take_as_answer
from tickets.services.waiting_for_person import wrote_on_ticket
from tickets.workflow import ActorKind, MissingFields, Status

REPLY_LENGTH = 4096  # of a WhatsApp text message, docs/whatsapp-cloud-api.md, section 4
DESCRIPTION_GROWS_TO = 40_000  # letters
CAPTION_LENGTH = 1024  # of the words with a photo or a document, ibidem


def checked_text(text: str, *, with_file: bool = False) -> str:
    """What goes to a citizen, stripped. Raises MissingFields where there is none, or more than WhatsApp takes."""
    said, most = text.strip(), CAPTION_LENGTH if with_file else REPLY_LENGTH
    if not said:
        raise MissingFields({"text": "Vatandaşa gidecek metni yazın."})
    if len(said) > most:
        what = "Dosyayla giden cevap" if with_file else "Cevap"
        raise MissingFields({"text": f"{what} {most} karakterden uzun olamaz. Kısaltın ya da ikiye bölün."})
    return said


def add_note(
    *,
    ticket: Ticket,
    actor: Actor,
    now: datetime,
    text: str,
    version: int | None = None,
    mentions: bool = True,
) -> Ticket:
    """Adds a note for colleagues, which no citizen ever sees; those whom it names with @ are notified, but with
    `mentions` off, for words that the actor did not type. Raises MissingFields when empty or where one of them may not
    see the ticket, NotAllowed.
    """
    if not text.strip():
        raise MissingFields({"text": "Not boş olamaz."})
    with locked_ticket(ticket, now, version=version) as row:
        require_staff(parties(actor, row.department.code if row.department else None))
        append_event(row, TicketEvent.Kind.NOTE, actor=actor, now=now, note=text.strip())
        if mentions:
            tell_mentioned(ticket=row, text=text, by=actor.user, now=now)
    return row


def describe(
    *,
    ticket: Ticket,
    actor: Actor,
    now: datetime,
    text: str,
    answers: bool = True,
    from_citizen: bool = False,
) -> Ticket:
    """Adds words to the description, T.C. identity numbers hidden. From the citizen, and where staff write down what
    the citizen tells them (`from_citizen`), it also answers the question that a ticket waits on, but where it is known
    not to. Of a description that nobody reads to its end any more, further
    words stand in the timeline alone.
    """
    text = masked(text)
    with locked_ticket(ticket, now) as row:
        if len(row.description) < DESCRIPTION_GROWS_TO:
            row.description = "\n".join(filter(None, (row.description, text.strip())))
        row.summary = row.summary or summarised(text)
        row.description_missing = False
        append_event(row, TicketEvent.Kind.DESCRIBED, actor=actor, now=now, data={"text": text.strip()})
        before = Status(row.status)
        if answers:
            take_as_answer(row, Actor.citizen() if from_citizen else actor, now)
        if actor.kind is ActorKind.CITIZEN:
            wrote_on_ticket(ticket=row, before=before, words=text, now=now)
    return row
