"""What messages say of a ticket to its citizen: subject, place, target day, whose job it is."""

from dataclasses import replace
from datetime import datetime

from django.conf import settings

from departments.models import UNNAMED_AGENCY, Agency
from departments.places.points import Point, locate
from departments.text.abuse import is_abusive
from departments.working_time.working_hours import ISTANBUL
from tickets.models import Clock, Stage, Ticket
from tickets.record.statuses import Status
from whatsapp.conversation.types import SPOKEN
from whatsapp.graph.lengths import clip
from whatsapp.texts.catalog import of
from whatsapp.texts.render import TicketLine

QUOTED = 60  # of the citizen's own words, in UTF-16 units


def line_of(ticket: Ticket, language: str, *, tell_place: bool = False) -> TicketLine:
    """What a message says of the ticket; its mahalle only with `tell_place`."""
    due = ticket.resolution_due_at
    return TicketLine(
        number=ticket.number,
        subject=_subject_of(ticket, language),
        status=ticket.status,
        department=ticket.department.name if ticket.department else "",
        neighbourhood=ticket.neighbourhood.name if tell_place and ticket.neighbourhood else "",
        due=due.astimezone(ISTANBUL).date() if due else None,
        link=f"{settings.PUBLIC_URL}/d/{ticket.public_code}" if ticket.public_code else "",
    )


def _subject_of(ticket: Ticket, language: str) -> str:
    """The category's public name; where it has none, the first of the citizen's own words, '' if there are none."""
    if ticket.category and (name := ticket.category.public_name_in(language)):
        return name
    texts = of(language).confirmation
    kinds = {of("tr").confirmation[kind]: texts[kind] for kind in SPOKEN}
    unsaid = not ticket.summary or is_abusive(ticket.summary)
    quoted = "" if unsaid else texts["quoted"].format(words=clip(ticket.summary, QUOTED))
    return kinds.get(ticket.summary, quoted)


def with_target(line: TicketLine, ticket: Ticket, now: datetime, language: str) -> TicketLine:
    """Whether there is a target day to tell of, whether it has passed, and whether somebody in charge was told."""
    due = ticket.resolution_due_at
    ours = ticket.outcome is None and ticket.proposed_agency_id is None
    is_open = ours and not ticket.is_danger and ticket.status != Status.WAITING
    late = is_open and due is not None and due <= now
    missed = ticket.breaches.filter(clock=Clock.RESOLUTION, stage=Stage.BREACH, notifications__isnull=False)
    wanted = (("what", ticket.description_missing), ("place", ticket.place_missing))
    return replace(
        line,
        is_open=is_open,
        late=late,
        told=late and missed.exists(),
        planned=ticket.planned_for if ticket.status == Status.PLANNED else None,
        missing=tuple(each for each, missing in wanted if missing) if is_open else (),
        agency=whose_job(ticket.proposed_agency, language)
        if ticket.proposed_agency and ticket.outcome is None
        else "",
    )


def is_guess(ticket: Ticket) -> bool:
    """Whether the mahalle may be no more than the one nearest to the pin, for want of boundaries: not told then."""
    if ticket.lat is None or ticket.lon is None:
        return False
    near = locate(Point(ticket.lat, ticket.lon))
    return near.approximate and near.neighbourhood == ticket.neighbourhood


def whose_job(agency: Agency, language: str) -> str:
    """Staff keep the sentence in Turkish; in another language it is one of ours, with the number to call."""
    if language == "tr":
        return agency.told
    texts = of(language).confirmation
    if agency.code == UNNAMED_AGENCY:
        return texts["elsewhere_other"]
    return texts["elsewhere"].format(agency=f"{agency.name} {agency.told_phone}".strip())
