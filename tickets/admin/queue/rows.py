"""The rows of the queue: the displayed values of each ticket."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User

from tickets.api.serializers import signed_path
from tickets.dangers import TARGET, is_open_danger, name_of
from tickets.legal_limits import LegalState, legal_state
from tickets.models import Attachment, Ticket, TicketEvent
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
class Row:
    ticket: Ticket
    age: str
    clock: ClockCell
    legal: str
    danger: str
    open_by: str
    status: str
    department: str
    last_words: str
    thumbnail: str

    @property
    def is_danger(self) -> bool:
        """Whether it stands on top and in red."""
        return is_open_danger(self.ticket)


def rows(tickets: Sequence[Ticket], busy: Mapping[int, list[User]], user: User, now: datetime) -> list[Row]:
    """The rows of the tickets for that user, with two statements for all; `busy` holds who has which ticket open.

    Of restricted ones neither words nor photo: who opens the page is logged, who reads a list is not.
    """
    keys = [ticket.pk for ticket in tickets if not ticket.restricted]
    words, pictures = last_texts(keys), _pictures(keys)
    return [
        Row(
            ticket=ticket,
            age=span(now - ticket.created_at),
            clock=clock_of(ticket, now),
            legal="" if ticket.is_danger else LEGAL_STATES.get(legal_state(ticket, now), ""),
            danger=name_of(ticket.danger) if ticket.is_danger else "",
            open_by=", ".join(map(display_name, busy.get(ticket.pk, ()))),
            status=Status(ticket.status).label,
            department=ticket.department.name.removesuffix(" Müdürlüğü") if ticket.department else "–",
            last_words="" if ticket.restricted else words.get(ticket.pk) or ticket.summary,
            thumbnail=signed_path(pictures[ticket.pk], "thumbnail", user) if ticket.pk in pictures else "",
        )
        for ticket in tickets
    ]


def display_name(user: User) -> str:
    """The user's full name, or the user name where there is none."""
    return user.get_full_name() or user.get_username()


def span(time: timedelta) -> str:
    """A duration in its largest unit: `5 gün`, `3 sa`, `12 dk`."""
    minutes = max(int(time.total_seconds() // 60), 0)
    if minutes < 60:
        return f"{minutes} dk"
    return f"{minutes // 60} sa" if minutes < 24 * 60 else f"{minutes // (24 * 60)} gün"


def clock_of(ticket: Ticket, now: datetime) -> ClockCell:
    """The clock of the resolution target, or of the legal limit where there is no target; minutes of a danger."""
    if is_open_danger(ticket):
        return danger_clock(ticket, now)
    due = ticket.resolution_due_at or ticket.legal_due_at
    if ticket.outcome is not None:
        return ClockCell("done", "sonuçlandı")
    if ticket.status == Status.WAITING and ticket.waiting_since and ticket.waiting_since <= due:
        return ClockCell("paused", "süre durdu")
    if due < now:
        return ClockCell("late", f"{span(now - due)} gecikti")
    warn = ticket.resolution_warn_at if ticket.resolution_due_at else ticket.legal_near_at
    near = warn is not None and warn <= now
    return ClockCell("near" if near else "fine", f"{span(due - now)} kaldı")


def danger_clock(ticket: Ticket, now: datetime) -> ClockCell:
    """How long a danger has waited or did wait for somebody; never a green one."""
    target = span(TARGET)
    if ticket.claimed_at is None:
        return ClockCell("late", f"{span(now - ticket.created_at)} oldu, hedef {target}")
    taken = ticket.claimed_at - ticket.created_at
    return ClockCell(
        "late" if taken > TARGET else "paused", f"{span(taken)} içinde üstlenildi, hedef {target}"
    )


def last_texts(keys: Iterable[int]) -> Mapping[int, str]:
    """The citizen's last text after the report, by ticket key."""
    described = TicketEvent.objects.filter(
        ticket__in=keys, kind=TicketEvent.Kind.DESCRIBED, actor_kind=ActorKind.CITIZEN
    )
    newest = described.order_by("ticket", "-id").distinct("ticket")
    return {key: text or "" for key, text in newest.values_list("ticket", "data__text")}


def _pictures(keys: Iterable[int]) -> Mapping[int, Attachment]:
    """The first stored photo with a thumbnail, by ticket key."""
    shown = Attachment.objects.filter(
        ticket__in=keys, kind=Attachment.Kind.IMAGE, state=Attachment.State.STORED, hidden=""
    ).exclude(thumbnail="")
    return {photo.ticket_id: photo for photo in shown.order_by("ticket", "id").distinct("ticket")}
