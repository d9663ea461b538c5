"""A citizen waits for a person from now on: the row of it, and what was put off until they wrote comes back."""

from datetime import datetime, timedelta
from textwrap import shorten

from django.contrib.auth.models import User
from django.db.models import Q
from django.utils.timezone import localtime

from departments.working_time.working_hours import ISTANBUL
from tickets.casework.waiting_since import counts_from
from tickets.presence.at_desk import is_at_desk
from tickets.record.models.citizen import Citizen
from tickets.record.models.snoozes import Snooze
from tickets.record.models.ticket import Ticket, is_open_danger
from tickets.record.models.waiting_conversations import WaitingConversation
from tickets.record.statuses import Status

Reason = WaitingConversation.Reason
# What is said of a ticket that was opened so lately is still its report.
STILL_REPORT = timedelta(minutes=10)
# Reasons that a ticket gives, weaker than those for which the citizen turned to a person.
OF_A_TICKET = (Reason.ADDED, Reason.ANSWERED, Reason.UNSOLVED)


def request_staff(
    *,
    citizen: Citizen,
    reason: WaitingConversation.Reason,
    now: datetime,
    words: str = "",
    ticket: Ticket | None = None,
) -> WaitingConversation:
    """The citizen waits for a person from now on, or still does: what they said last is kept, and the ticket while all
    is of one.

    Who comes back on the same day to somebody who took and answered their talk is theirs again. Whoever asked for a
    person goes on waiting as one who asked, and whoever turned to one waits on as before when they
    add to a ticket meanwhile. The caller holds the conversation's lock.
    """
    said = shorten(words, WaitingConversation.LAST_WORDS, placeholder="…")
    row = (
        WaitingConversation.objects.select_for_update(no_key=True)
        .filter(citizen=citizen, ended_at=None)
        .first()
    )
    bring_back(citizen=citizen, now=now, ticket=ticket)
    if ticket is not None:
        is_of_it = row is not None and row.ticket_id in (None, ticket.pk)
        counts_from(ticket, row.since if row and is_of_it else now)
    if row is None:
        whose = _still_talking_to(citizen, now)
        return WaitingConversation.objects.create(
            citizen=citizen,
            ticket=ticket,
            reason=reason,
            since=now,
            last_words=said,
            last_at=now,
            assignee=whose,
            assigned_at=now if whose else None,
        )
    if reason in OF_A_TICKET and row.reason not in OF_A_TICKET:
        return row
    row.last_at, row.last_words = now, said or row.last_words
    if row.reason == Reason.ASKED:
        row.ticket = row.ticket or ticket
    elif row.ticket != ticket and (ticket or reason == Reason.QUESTION):
        row.ticket = None  # of more than one thing, whose answers are not each other's
    if reason == Reason.ASKED or (row.reason in OF_A_TICKET and reason != Reason.ADDED):
        row.reason = reason
    row.save(update_fields=["last_at", "last_words", "ticket", "reason"])
    return row


def _still_talking_to(citizen: Citizen, now: datetime) -> User | None:
    """Whoever had the talk, answered it last, today, and is still at the desk: what comes back is theirs."""
    ended = WaitingConversation.objects.filter(citizen=citizen, ended_at__isnull=False).select_related(
        "assignee"
    )
    last = ended.order_by("-ended_at").first()
    if last is None or last.ended_at is None or last.assignee is None:
        return None
    answered = last.end == WaitingConversation.End.ANSWERED and last.ended_by_id == last.assignee_id
    today = localtime(last.ended_at, ISTANBUL).date() == localtime(now, ISTANBUL).date()
    return last.assignee if answered and today and is_at_desk(last.assignee) else None


def wrote_on_ticket(*, ticket: Ticket, before: Status, words: str, now: datetime) -> None:
    """The citizen added words to their ticket, which stood in that status before: somebody is to read them.

    What belongs to the report is read with it: a ticket that nobody has sent on yet waits for a person itself. What is
    said of a danger rings, and what has an outcome is over. The caller holds the conversation's lock.
    """
    if ticket.citizen is None or ticket.outcome is not None or is_open_danger(ticket):
        return
    bring_back(citizen=ticket.citizen, now=now, ticket=ticket)
    if before == Status.NEW or (before != Status.WAITING and now < ticket.created_at + STILL_REPORT):
        return
    reason = Reason.ANSWERED if before == Status.WAITING else Reason.ADDED
    request_staff(citizen=ticket.citizen, reason=reason, now=now, words=words, ticket=ticket)


def bring_back(*, citizen: Citizen, now: datetime, ticket: Ticket | None = None) -> None:
    """What was put off until the citizen writes comes back: the conversation with them, and their ticket."""
    of_them = Q(handover__citizen=citizen) | (Q(ticket=ticket) if ticket else Q())
    asleep = Snooze.objects.filter(of_them, ended_at=None, back_at=None)
    asleep.update(back_at=now, written=True)
