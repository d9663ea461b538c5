"""The rows of the list: who, how long, why, their last words, about what, where, how long one may write freely."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q
from django.urls import reverse
from django.utils.timezone import localtime

from departments.common.durations import SOON, left, waited
from tickets.answering.models.phone_calls import CallBack, PhoneCall
from tickets.answering.snooze_times import moment
from tickets.answering.waiting_limits import CALLED_WITHIN
from tickets.back_office.names import display_name, initials, name_of_citizen
from tickets.danger.bar import NAME_OF_RESTRICTED
from tickets.danger.open_dangers import is_shut, name_of
from tickets.desk.queue.rows import with_last_words
from tickets.desk.waiting_list.entries import Entry, TicketReason, WaitingTab, What
from tickets.record import channel
from tickets.record.models.snoozes import Snooze
from tickets.record.models.ticket import Ticket
from tickets.record.models.waiting_conversations import WaitingConversation
from tickets.record.permissions import names_secret

NO_WORDS = "(yazısız mesaj)"
HIDDEN_WORDS = "(gizli bir başvurusu hakkında)"
_OF_TICKET = ("category", "neighbourhood", "citizen", "assignee", "claimed_by")
_ICONS: Mapping[str, str] = {
    WaitingConversation.Reason.ASKED: "back_hand",
    WaitingConversation.Reason.UNREAD: "help",
    WaitingConversation.Reason.CORRECTED: "edit",
    WaitingConversation.Reason.QUESTION: "help",
    TicketReason.PROPOSED: "lightbulb",
    TicketReason.REDIRECT: "forward",
    TicketReason.SUBJECT: "category",
    TicketReason.REVIEW: "done_all",
    TicketReason.GIVEN: "person",
    TicketReason.SNOOZED: "snooze",
    TicketReason.CALL: "call",
}
_ADDRESSES: Mapping[str, str] = {
    What.TALK: "bekleyen",
    What.TICKET: "bekleyen_basvuru",
    What.CALL: "bekleyen_arama",
}


@dataclass(frozen=True)
class WaitingRow:
    """A row. `key` names it on the page, `address` is that of its talk, `citizen` the key of who waits.

    `late` says that they have waited too long, `free_until` until when free text reaches them; `is_shut` that it does
    so no more. `holder` is the key of the user who has it, `back_to` of whom it came back to at its time; whether that
    is the one who looks, and it is `mine`, says `seen_by`.
    """

    key: str
    address: str
    citizen: int | None
    who: str
    since: datetime
    waits: str
    late: bool
    reason: str
    icon: str
    words: str
    subject: str
    number: str
    mahalle: str
    assignee: str
    initials: str
    holder: int | None
    back_to: int | None
    free_until: datetime | None
    free: str
    soon: bool
    is_shut: bool
    mine: bool = False

    def seen_by(self, user: int | None) -> "WaitingRow":
        """The row as that user sees it."""
        reason = "Ertelemeniz doldu" if self.back_to and self.back_to == user else self.reason
        return replace(self, reason=reason, mine=self.holder is not None and self.holder == user)


def rows_of(
    entries: Sequence[Entry], tab: WaitingTab, now: datetime, *, is_open: bool = False
) -> list[WaitingRow]:
    """The rows of these entries, in the same order and the same for all; with a few statements. `is_open` shows the
    name of whoever is in danger, too: a list leaves it to the page that is opened, which is logged.
    """
    if not entries:
        return []
    talks = _talks([entry.key for entry in entries if entry.is_talk])
    tickets = _tickets([entry.key for entry in entries if entry.what == What.TICKET])
    calls = _calls([entry.key for entry in entries if entry.what == What.CALL])
    known = _Known(
        windows=_windows([*talks.values(), *tickets.values(), *calls.values()]),
        snoozes=_snoozes(talks, tickets),
        results=_results(calls.values()),
        is_secret=names_secret({each.citizen_id for each in talks.values()}),
    )
    view = _View(tab, now, is_open)
    listed: Mapping[What, Mapping[int, WaitingConversation | Ticket | CallBack]] = {
        What.TALK: talks,
        What.TICKET: tickets,
        What.CALL: calls,
    }
    rows = []
    for entry in entries:
        of = listed[entry.what].get(entry.key)
        if of is not None:  # else it ended since the list was read
            rows.append(_row(entry, of, known, view))
    return rows


@dataclass(frozen=True)
class _Known:
    """What is read for all rows at once: windows by citizen, what is put off, what came of the last call by citizen,
    and whether a citizen's words name a restricted ticket of theirs.
    """

    windows: Mapping[int, datetime]
    snoozes: Mapping[tuple[str, int], Snooze]
    results: Mapping[int, str]
    is_secret: Callable[[int, str], bool]


@dataclass(frozen=True)
class _View:
    tab: WaitingTab
    now: datetime
    is_open: bool


def _row(entry: Entry, of: WaitingConversation | Ticket | CallBack, known: _Known, view: _View) -> WaitingRow:
    ticket, citizen = of if isinstance(of, Ticket) else of.ticket, of.citizen
    secret = ticket is not None and ticket.restricted
    shut = ticket is not None and is_shut(ticket) and not (view.is_open and not secret)
    has = _holder(of)
    snooze = known.snoozes.get((entry.what, entry.key))
    asleep = view.tab is WaitingTab.ASLEEP
    window = _window(known.windows.get(citizen.pk) if citizen else None, view.now)
    return WaitingRow(
        key=entry.row_key,
        address=reverse(_ADDRESSES[entry.what], args=[entry.key]),
        citizen=citizen.pk if citizen else None,
        who=shut_name(ticket) if ticket and shut else name_of_citizen(citizen),
        since=entry.since,
        waits=moment(entry.since, view.now) if asleep else waited(view.now - entry.since),
        late=_is_late(of, view.now),
        reason=_put_off(of) if asleep else _reason(entry, snooze),
        icon=_ICONS.get(entry.reason, "reply"),
        words="" if shut else _words(of, known) or NO_WORDS,
        number=ticket.number if ticket else "",
        assignee=display_name(has) if has else "",
        initials=initials(display_name(has)) if has else "",
        holder=has.pk if has else None,
        back_to=snooze.user_id if snooze and snooze.back_at and not snooze.written and not asleep else None,
        **_about(None if secret else ticket),
        **window,
    )


def shut_name(ticket: Ticket) -> str:
    """What stands for the name of whoever is in danger."""
    return NAME_OF_RESTRICTED if ticket.restricted else f"Acil: {name_of(ticket.danger)}"


def _about(ticket: Ticket | None) -> dict[str, Any]:
    """Its subject and mahalle, as far as they are known and no secret."""
    subject = ticket.category.name if ticket and ticket.category else ""
    mahalle = ticket.neighbourhood.name if ticket and ticket.neighbourhood else ""
    return {"subject": subject, "mahalle": mahalle}


def _window(until: datetime | None, now: datetime) -> dict[str, Any]:
    """How long free text still reaches them."""
    if until is None or until <= now:
        return {"free_until": None, "free": "", "soon": False, "is_shut": until is not None}
    return {"free_until": until, "free": left(until - now), "soon": until - now < SOON, "is_shut": False}


def _windows(rows: Iterable[WaitingConversation | Ticket | CallBack]) -> Mapping[int, datetime]:
    people = {row.citizen_id for row in rows if row.citizen_id is not None}
    return channel.channel().windows(people) if people else {}


def _talks(keys: Collection[int]) -> Mapping[int, WaitingConversation]:
    related = ("citizen", "assignee", "ticket__category", "ticket__neighbourhood")
    return WaitingConversation.objects.select_related(*related).in_bulk(keys) if keys else {}


def _tickets(keys: Collection[int]) -> Mapping[int, Any]:
    rows = (
        with_last_words(Ticket.objects)
        .select_related(*_OF_TICKET)
        .defer("search", "routed", "satisfaction_comment")
    )
    return rows.in_bulk(keys) if keys else {}


def _calls(keys: Collection[int]) -> Mapping[int, CallBack]:
    related = ("citizen", "assignee", "ticket__category", "ticket__neighbourhood")
    return CallBack.objects.select_related(*related).in_bulk(keys) if keys else {}


def _results(calls: Collection[CallBack]) -> Mapping[int, str]:
    """What came of the last call to each of these people, and what was noted of it."""
    if not calls:
        return {}
    own = Q(ticket=None) | Q(ticket__in=[call.ticket_id for call in calls if call.ticket_id])
    last = PhoneCall.objects.filter(own, citizen__in=[call.citizen_id for call in calls])
    return {
        row.citizen_id: ": ".join(filter(None, (str(row.get_result_display()), row.note)))
        for row in last.order_by("citizen", "-id").distinct("citizen")
    }


def _words(of: Any, known: _Known) -> str:
    """The citizen's last text, else how the report begins; of whom to call what came of the last call."""
    if isinstance(of, CallBack):
        return known.results.get(of.citizen_id, "")
    last = str(of.last_words or "")
    if isinstance(of, WaitingConversation):
        return HIDDEN_WORDS if known.is_secret(of.citizen_id, last) else last
    return last or of.summary or of.description[:120]


def _snoozes(talks: Collection[int], tickets: Collection[int]) -> Mapping[tuple[str, int], Snooze]:
    """What is put off, or came back, of these."""
    open_ones = Snooze.objects.filter(ended_at=None).select_related("user")
    of_talks = open_ones.filter(handover__in=list(talks)) if talks else open_ones.none()
    found = of_talks | open_ones.filter(ticket__in=list(tickets)) if tickets else of_talks
    return {
        (What.TICKET, row.ticket_id) if row.ticket_id else (What.TALK, row.handover_id or 0): row
        for row in found
    }


def _holder(of: WaitingConversation | Ticket | CallBack) -> User | None:
    return of.claimed_by or of.assignee if isinstance(of, Ticket) else of.assignee


def _reason(entry: Entry, snooze: Snooze | None) -> str:
    """Why it waits; of what was put off and came back that it did, and how; of whom to call, for when."""
    if entry.what == What.CALL:
        return f"{TicketReason.CALL.label}: {localtime(entry.since):%H.%M}"
    of_talk = (
        entry.is_talk and entry.reason in WaitingConversation.Reason.values
    )  # what was put off stands there as that alone
    label = str(
        WaitingConversation.Reason(entry.reason).label if of_talk else TicketReason(entry.reason).label
    )
    if snooze is None or snooze.back_at is None:
        return label
    if snooze.written:
        return "Ertelendi, vatandaş yazdı"
    return f"{display_name(snooze.user)} erteledi, süresi doldu"


def _put_off(of: WaitingConversation | Ticket | CallBack) -> str:
    """What it is that one put off oneself; until when stands beside it."""
    if isinstance(of, WaitingConversation):
        return str(of.get_reason_display())
    return str(of.get_status_display()) if isinstance(of, Ticket) else TicketReason.CALL.label


def _is_late(of: WaitingConversation | Ticket | CallBack, now: datetime) -> bool:
    """Whether the supervisors were told of it, its first action is overdue, or the call by an hour."""
    if isinstance(of, WaitingConversation):
        return of.escalated_at is not None
    if isinstance(of, CallBack):
        return of.due_at < now - CALLED_WITHIN
    due = of.first_action_due_at
    return due is not None and of.first_action_at is None and due < now
