"""The rows of the queue: the displayed values of each ticket."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Manager, OuterRef, QuerySet, Subquery

from departments.common.durations import span, waited
from tickets.admin.names import display_name, initials, name_of_citizen
from tickets.api.serializers import signed_path
from tickets.dangers import is_shut, name_of
from tickets.legal_limits import LegalState, legal_state
from tickets.models import Attachment, Ticket, TicketEvent
from tickets.models.ticket import DANGER_TARGET, is_open_danger
from tickets.workflow import ActorKind, Status

LEGAL_STATES = {
    LegalState.NEAR: "yaklaşıyor",
    LegalState.ESCALATED: "son günler",
    LegalState.OVER: "aşıldı",
}


@dataclass(frozen=True)
class ClockCell:
    """A ticket's time left or overdue; `state` sets the colour."""

    state: str
    text: str


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


def clock_of(ticket: Ticket, now: datetime) -> ClockCell:
    """The clock of the resolution target, or of the legal limit where there is no target; minutes of a danger."""
    if is_open_danger(ticket):
        return danger_clock(ticket.created_at, ticket.claimed_at, now)
    if ticket.outcome is not None:
        return ClockCell("done", "sonuçlandı")
    due = ticket.resolution_due_at or ticket.legal_due_at
    warn = ticket.resolution_warn_at if ticket.resolution_due_at else ticket.legal_near_at
    waiting_since, warn_at = (each.timestamp() if each else None for each in (ticket.waiting_since, warn))
    return open_clock(ticket.status, due.timestamp(), waiting_since, warn_at, now.timestamp())


def open_clock(
    status: str, due: float, waiting_since: float | None, warn: float | None, now: float
) -> ClockCell:
    """The clock of an open ticket that is no danger, by its status, its target, and when it began to wait.

    Moments are seconds since 1970: the map asks for ten thousand at once.
    """
    if status == Status.WAITING and waiting_since and waiting_since <= due:
        return ClockCell("paused", "süre durdu")
    if due < now:
        return ClockCell("late", f"{span(timedelta(seconds=now - due))} gecikti")
    near = warn is not None and warn <= now
    return ClockCell("near" if near else "fine", f"{span(timedelta(seconds=due - now))} kaldı")


def danger_clock(created_at: datetime, claimed_at: datetime | None, now: datetime) -> ClockCell:
    """How long a danger has waited or did wait for somebody; never a green one."""
    target = span(DANGER_TARGET)
    if claimed_at is None:
        return ClockCell("late", f"{span(now - created_at)} oldu, hedef {target}")
    taken = claimed_at - created_at
    return ClockCell(
        "late" if taken > DANGER_TARGET else "paused", f"{span(taken)} içinde üstlenildi, hedef {target}"
    )


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
