"""What staff do with a talk that waits for a person: take it, answer, end it, make a ticket of it.

A handover is locked under its conversation (docs/failures-and-locks.md).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.timezone import localtime

from departments import reference
from departments.models import Role
from departments.routing.route import route
from tickets.answering.drafts import forget_draft
from tickets.answering.reply_lengths import checked_text
from tickets.casework.awaiting_staff import OF_A_TICKET
from tickets.casework.notes import add_note
from tickets.casework.opening import Report, open_ticket
from tickets.casework.waiting_since import counts_from
from tickets.notifications.notifications import notify_of_talk
from tickets.record import channel
from tickets.record.models.citizen import Citizen
from tickets.record.models.snoozes import Snooze
from tickets.record.models.ticket import Ticket
from tickets.record.models.ticket_choices import Kind, LocationSource, Source
from tickets.record.models.waiting_conversations import WaitingConversation
from tickets.record.permissions import Actor, visible_handovers, visible_to
from tickets.record.workflow import MissingFields, NoSuchTransition, NotAllowed, StaleVersion

BEFORE = timedelta(hours=1)  # what was said so long before somebody asked for a person belongs to it
UNREACHABLE = "Vatandaşa buradan ulaşılamıyor: WhatsApp’tan yazmamış. Telefonla arayın."


def answered(
    *, citizen: Citizen, now: datetime, by: User | None = None, read_until: datetime | None = None
) -> None:
    """A person wrote to the citizen: whoever had said their last word by then, or by `read_until` if that was earlier,
    waits no longer. The caller holds the conversation's lock.
    """
    read = read_until or now
    waiting = WaitingConversation.objects.filter(citizen=citizen, ended_at=None, last_at__lte=read)
    # Whatever was written from: another ticket's page, the talk, or the telephone, of which no ticket has an entry.
    Ticket.objects.filter(handovers__in=waiting, waits_since__lte=read).update(waits_since=None)
    waiting.update(ended_at=now, ended_by=by, end=WaitingConversation.End.ANSWERED)
    # Whatever of theirs came back to somebody who had put it off is dealt with.
    back = Snooze.objects.filter(ticket__citizen=citizen, ended_at=None, back_at__lte=read)
    back.update(ended_at=now)


def answered_of(*, ticket: Ticket, now: datetime, by: User | None) -> None:
    """Staff told the citizen in words of their own what became of the ticket: whoever asked or wrote one thing of it by
    then, and nothing since, waits no longer, but for who asked for a person. The caller holds the conversation's lock.
    """
    waiting = WaitingConversation.objects.filter(
        Q(last_at=F("since")) | Q(reason__in=OF_A_TICKET),
        ticket=ticket,
        citizen=ticket.citizen_id,
        ended_at=None,
    )
    waiting = waiting.filter(last_at__lte=now)
    of_it = waiting.exclude(reason__in=(WaitingConversation.Reason.ASKED, WaitingConversation.Reason.UNREAD))
    of_it.update(ended_at=now, ended_by=by, end=WaitingConversation.End.ANSWERED)


class Ended(NoSuchTransition):
    """Somebody else answered or closed it meanwhile; the words say who and when."""


class TakenAlready(NoSuchTransition):
    """Somebody else has it; the words say who and since when."""


def take(*, handover: WaitingConversation, actor: Actor, now: datetime) -> WaitingConversation:
    """The actor has the conversation from now on. Raises TakenAlready where somebody else has, NotAllowed, Ended."""
    with locked_talk(handover, actor) as row:
        _check_free(row, actor.user, now)
        row.assignee, row.assigned_at = actor.user, now
        row.save(update_fields=["assignee", "assigned_at"])
    return row


def taken(*, citizen: Citizen, now: datetime, by: User | None) -> None:
    """Somebody took the talk from a ticket's page: what waits is theirs. Raises TakenAlready where somebody else has
    it. The caller holds the conversation's lock.
    """
    for row in WaitingConversation.objects.select_related("assignee").filter(citizen=citizen, ended_at=None):
        _check_free(row, by, now)
        row.assignee, row.assigned_at = by, now
        row.save(update_fields=["assignee", "assigned_at"])


def assign(
    *, handover: WaitingConversation, actor: Actor, now: datetime, assignee: User | None, seen: str = ""
) -> WaitingConversation:
    """Gives the conversation to somebody of the call centre, who hears of it; with None to nobody: it waits for whoever
    is free.

    `seen` is the stamp (WaitingConversation.stamp) that the actor saw. Raises StaleVersion if it has changed,
    NotAllowed, NoSuchTransition, MissingFields for somebody else's user.
    """
    if assignee is not None and not colleagues().filter(pk=assignee.pk).exists():
        raise MissingFields(
            {"assignee": "Görüşme yalnızca çağrı merkezinde çalışan birine verilir. Birini seçin."}
        )
    with locked_talk(handover, actor, seen) as row:
        row.assignee, row.assigned_at = assignee, now if assignee else None
        row.save(update_fields=["assignee", "assigned_at"])
        if assignee is not None and assignee != actor.user:
            notify_of_talk(row, now, assignee=assignee)
    return row


def answer(
    *, handover: WaitingConversation, actor: Actor, now: datetime, text: str, seen: str = ""
) -> WaitingConversation:
    """Writes to the citizen by hand, which ends the waiting and has the line keep silent.

    `seen` is the stamp (WaitingConversation.stamp) that the actor saw. Raises StaleVersion if the citizen wrote or
    somebody took it since, MissingFields where there is no text or too much, NotAllowed, NoSuchTransition.
    """
    said = checked_text(text)
    with locked_talk(handover, actor, seen) as row:
        if not channel.channel().write(row.citizen, said, row.ticket, now):
            raise NoSuchTransition(UNREACHABLE)
        answer_given(row, actor, now)
    return row


def answer_given(row: WaitingConversation, actor: Actor, now: datetime) -> None:
    """A held handover ends with the actor's answer; the line keeps silent."""
    channel.channel().take_over(row.citizen, now)
    forget_draft(user=actor.user, citizen=row.citizen)
    _waits_no_more(row)
    _end(row, WaitingConversation.End.ANSWERED, actor, now)


def _waits_no_more(row: WaitingConversation) -> None:
    if row.ticket_id:
        Ticket.objects.filter(pk=row.ticket_id).update(waits_since=None)


def close(*, handover: WaitingConversation, actor: Actor, now: datetime, note: str) -> WaitingConversation:
    """Ends the waiting without an answer, and says why. Raises MissingFields, NotAllowed, NoSuchTransition."""
    if not note.strip():
        raise MissingFields({"note": "Neden cevap gerekmediğini yazın: örneğin “telefonla görüşüldü”."})
    with locked_talk(handover, actor) as row:
        row.note = note.strip()[:300]
        _waits_no_more(row)
        _end(row, WaitingConversation.End.CLOSED, actor, now)
    return row


def join(
    *, handover: WaitingConversation, actor: Actor, now: datetime, ticket: Ticket
) -> WaitingConversation:
    """What the citizen said while waiting becomes part of this ticket of theirs; a person has seen it.

    Raises NotAllowed, NoSuchTransition for a ticket of somebody else's.
    """
    own = visible_to(actor).filter(pk=ticket.pk, citizen=handover.citizen_id).first()
    if own is None:
        raise NoSuchTransition("Bu başvuru bu vatandaşın değil.")
    with locked_talk(handover, actor) as row:
        channel.channel().attribute(row.citizen, own, row.since - BEFORE, now)
        note = f"Bekleyen görüşme eklendi: {row.last_words}"
        add_note(ticket=own, actor=actor, now=now, text=note, mentions=False)
        counts_from(own, row.since)
        row.ticket = own
        _end(row, WaitingConversation.End.JOINED, actor, now)
    return row


def make_ticket(*, handover: WaitingConversation, actor: Actor, now: datetime, seen: str = "") -> Ticket:
    """Opens a ticket of what the citizen said while waiting, tells them its number, and ends the waiting.

    Raises NotAllowed, NoSuchTransition where they said nothing that a ticket can be of, StaleVersion as `answer`.
    """
    with locked_talk(handover, actor, seen) as row:
        said = channel.channel().conversation(row.citizen, Ticket.objects.none())
        told = [each for each in said if each.direction == "in" and each.at >= row.since - BEFORE]
        words = "\n".join(filter(None, (channel.channel().report_in(each.text) for each in told)))
        if not words.strip() and not any(each.file for each in told):
            raise NoSuchTransition("Başvuruya çevrilecek bir yazı ya da dosya yok. Vatandaşa sorununu sorun.")
        channel.channel().lock_loose(row.citizen, row.since - BEFORE)
        report = Report(channel=Source.WHATSAPP, citizen=row.citizen, **_subject_of(words))
        ticket = open_ticket(report=report, actor=actor, now=now, announce=False)
        channel.channel().attribute(row.citizen, ticket, row.since - BEFORE, now)
        channel.channel().confirm(ticket, now)
        counts_from(ticket, row.since)
        row.ticket = ticket
        _end(row, WaitingConversation.End.TICKET, actor, now)
    return ticket


def _subject_of(words: str) -> dict[str, Any]:
    """What the words alone tell; the clerk who opens the ticket sends it on."""
    found = route(words)
    mahalle = reference.neighbourhood(found.neighbourhood) if found.neighbourhood else None
    return {
        "kind": Kind(found.kind) if found.kind in Kind.values else Kind.TALEP,
        "description": words,
        "description_missing": not words.strip(),
        "category": reference.category(found.category) if found.sure else None,
        "neighbourhood": mahalle,
        "location_source": LocationSource.WORDS if mahalle else "",
        "place_missing": mahalle is None,
        "routed": found.dump(),
    }


def colleagues() -> QuerySet[User]:
    """To whom a conversation can be given: the call centre."""
    here = User.objects.filter(is_active=True, memberships__role__in=(Role.OPERATOR, Role.SUPERVISOR))
    return here.distinct().order_by("first_name", "username")


def _check_free(row: WaitingConversation, user: User | None, now: datetime) -> None:
    if row.assignee is not None and row.assignee != user:
        raise TakenAlready(f"{_who(row.assignee)} sizden {_ago(row.assigned_at, now)} önce aldı.")


@contextmanager
def locked_talk(handover: WaitingConversation, actor: Actor, seen: str = "") -> Iterator[WaitingConversation]:
    """The handover as it stands, locked after its conversation and what was said there; as it was `seen`, if given."""
    with transaction.atomic():
        channel.channel().lock([handover.citizen_id])
        row = (
            visible_handovers(actor)
            .select_for_update(no_key=True, of=("self",))
            .filter(pk=handover.pk)
            .first()
        )
        if row is None:
            raise NotAllowed("Bu görüşmede yetkiniz yok.")
        if row.ended_at is not None:
            who = f"{_who(row.ended_by)} " if row.ended_by else ""
            when = f"{localtime(row.ended_at):%H.%M}"
            raise Ended(f"Bu görüşme artık beklemiyor: {who}{when} ({row.get_end_display().lower()}).")
        wrote = seen.partition("/")[0] != str(row.last_at.timestamp())
        if seen and seen != row.stamp and (wrote or row.assignee != actor.user):
            who = f"görüşmeyi {_who(row.assignee)} almış" if row.assignee else "görüşme değişmiş"
            raise StaleVersion(
                f"Siz bakarken {'vatandaş yeni bir şey yazmış' if wrote else who}. Bakıp yeniden deneyin."
            )
        yield row


def _end(row: WaitingConversation, how: WaitingConversation.End, actor: Actor, now: datetime) -> None:
    row.ended_at, row.ended_by, row.end = now, actor.user, how
    row.save(update_fields=["ended_at", "ended_by", "end", "note", "ticket"])


def _who(user: User) -> str:
    return user.get_full_name() or user.get_username()


def _ago(at: datetime | None, now: datetime) -> str:
    seconds = max(int((now - at).total_seconds()), 0) if at else 0
    return f"{seconds} sn" if seconds < 60 else f"{seconds // 60} dk"
