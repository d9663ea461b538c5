"""The rows of the queue: the displayed values of each ticket."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Manager, OuterRef, QuerySet, Subquery

from departments.common.durations import span, waited
from tickets.back_office.clock_cells import LEGAL_STATES, ClockCell, clock_of
from tickets.back_office.names import display_name, initials, name_of_citizen
from tickets.danger.open_dangers import is_shut, name_of
from tickets.record.legal_limits import legal_state
from tickets.record.models.attachments import Attachment
from tickets.record.models.ticket import Ticket, is_open_danger
from tickets.record.models.timeline import TicketEvent
from tickets.record.statuses import Status
from tickets.record.workflow import ActorKind
from tickets.rest_api.serializers import signed_path


@dataclass(frozen=True)
class QueueRow:
    """`who` is empty where no name is shown before the ticket is opened: of a danger, of a restricted one."""

    ticket: Ticket
    who: str
    age: str
    waits: str
    unanswered: bool
    clock: ClockCell
    legal: str
    danger: str
    open_by: str
    status: str
    department: str
    assignee: str
    initials: str
    last_words: str
    thumbnail: str

    @property
    def serial(self) -> str:
        """The last part of the number, which is all that a list shows of it."""
        return self.ticket.number.rpartition("-")[2]

    @property
    def target(self) -> str:
        """The clock's text in few letters: that time is left goes without saying."""
        return self.clock.text.removesuffix(" kaldı")

    @property
    def prefix(self) -> str:
        return self.ticket.number.removesuffix(self.serial)

    @property
    def is_danger(self) -> bool:
        """Whether it stands on top and in red."""
        return is_open_danger(self.ticket)


def rows(tickets: Sequence[Any], busy: Mapping[int, list[User]], user: User, now: datetime) -> list[QueueRow]:
    """The rows of the tickets (`with_glimpses`) for that user; `busy` holds who has which ticket open.

    Of those that are shut (`dangers.is_shut`) neither name nor words nor photo.
    """
    return [
        QueueRow(
            ticket=ticket,
            who="" if is_shut(ticket) else name_of_citizen(ticket.citizen),
            age=span(now - ticket.created_at),
            waits=waited(now - ticket.waits_since) if ticket.waits_since else "",
            unanswered=_unanswered(ticket, now),
            clock=clock_of(ticket, now),
            legal="" if ticket.is_danger else LEGAL_STATES.get(legal_state(ticket, now), ""),
            danger=name_of(ticket.danger) if ticket.is_danger else "",
            open_by=", ".join(map(display_name, busy.get(ticket.pk, ()))),
            status=Status(ticket.status).label,
            department=ticket.department.name.removesuffix(" Müdürlüğü") if ticket.department else "–",
            assignee=display_name(ticket.assignee) if ticket.assignee else "",
            initials=initials(display_name(ticket.assignee)) if ticket.assignee else "",
            last_words="" if is_shut(ticket) else ticket.last_words or ticket.summary,
            thumbnail=_thumbnail(ticket.photo, user) if ticket.photo and not is_shut(ticket) else "",
        )
        for ticket in tickets
    ]


def _thumbnail(photo: int, user: User) -> str:
    return signed_path(Attachment(pk=photo), "thumbnail", user)


def _unanswered(ticket: Ticket, now: datetime) -> bool:
    """Whether the citizen still waits for a first sign although its time is over."""
    due = ticket.first_action_due_at
    waits = ticket.waits_since is not None and ticket.first_action_at is None
    return waits and due is not None and due < now


def with_glimpses(tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """The tickets with what a row shows of them beside their own columns: `last_words`, and `photo`, the key of their
    first stored photo with a thumbnail.
    """
    photos = Attachment.objects.filter(
        ticket=OuterRef("pk"), kind=Attachment.Kind.IMAGE, state=Attachment.State.STORED, hidden=""
    ).exclude(thumbnail="")
    return with_last_words(tickets).annotate(photo=Subquery(photos.order_by("id").values("pk")[:1]))


def with_last_words(tickets: QuerySet[Ticket] | Manager[Ticket]) -> QuerySet[Ticket]:
    """The tickets with `last_words`, the citizen's last text after the report."""
    said = TicketEvent.objects.filter(
        ticket=OuterRef("pk"), kind=TicketEvent.Kind.DESCRIBED, actor_kind=ActorKind.CITIZEN
    )
    return tickets.annotate(last_words=Subquery(said.order_by("-id").values("data__text")[:1]))
