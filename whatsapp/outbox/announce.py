"""Announces events of tickets to citizens: each becomes at most one row of the outbox, and its photo one more."""

import logging
from dataclasses import replace
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from departments.common.database_errors import is_database_fault
from departments.danger_reader.kinds import DESPAIR, kinds
from departments.models import UNNAMED_AGENCY, Agency
from tickets.answering import conversations
from tickets.answering.photo_with_answer import after_photo
from tickets.models import Attachment, Ticket, TicketEvent
from tickets.notifications.notifications import notify_of_lost_file
from tickets.record.statuses import STATUSES, Status
from whatsapp import log_fields
from whatsapp.conversations.models.conversations import Conversation
from whatsapp.handover import begin_and_end
from whatsapp.outbox import enqueue, retry
from whatsapp.outbox.models.outbox import AnnouncementFailure, Outbox
from whatsapp.texts import render
from whatsapp.texts.render import OutgoingMessage

log = logging.getLogger(__name__)

SET_AT_ONCE = 50
_INTERIM = {status for status, info in STATUSES.items() if info.interim}
_IN_WORDS = {status for status, info in STATUSES.items() if info.in_words}
# What goes with a photo that a worker has yet to make safe waits for it so long, and then goes without; what is said of
# the ticket after it waits, too. Somebody in danger waits for no photo that does not come at once.
PATIENT = timedelta(minutes=10)
PATIENT_IN_DANGER = timedelta(seconds=5)
NAMELESS = "melikgazi"  # of a document to somebody without a ticket, whose number would name it
# Written out: it is asked each time the outbox is woken, and composing it took longer than asking it.
_WAITING = """
SELECT id, NULL, EXISTS (SELECT FROM whatsapp_announcementfailure failure WHERE failure.event_id = event.id)
FROM tickets_ticketevent event
WHERE announce AND announced_at IS NULL AND (undo_until IS NULL OR undo_until <= %(now)s) AND NOT EXISTS (
    SELECT FROM whatsapp_announcementfailure failure
    WHERE failure.event_id = event.id AND (next_attempt_at IS NULL OR next_attempt_at > %(now)s))
AND NOT EXISTS (
    SELECT FROM tickets_ticket ticket
        JOIN tickets_attachment photo ON photo.ticket_id IN (ticket.id, ticket.duplicate_of_id)
        JOIN tickets_ticketevent earlier ON earlier.ticket_id = ticket.id AND earlier.id <= event.id
    WHERE ticket.id = event.ticket_id AND photo.state = 'checking' AND photo.hidden = ''
        AND photo.created_at > CASE
            WHEN ticket.danger <> '' OR ticket.restricted THEN %(in_danger)s ELSE %(patient)s END
        AND earlier.announce AND earlier.announced_at IS NULL
        AND (photo.after AND earlier.to_status = 'RESOLVED' AND photo.event_id < earlier.id
            OR earlier.data @> jsonb_build_object('photo', photo.id)))
UNION ALL
SELECT NULL, min(undo_until), false FROM tickets_ticketevent
WHERE announce AND announced_at IS NULL AND undo_until > %(now)s
ORDER BY id LIMIT %(most)s
"""
# The attempt is counted and committed before the work, each event in the hand of one worker alone.
_CLAIM = """
INSERT INTO whatsapp_announcementfailure (event_id, attempts, next_attempt_at, error)
SELECT id, 1, %s, '' FROM unnest(%s::bigint[]) AS id ON CONFLICT DO NOTHING RETURNING event_id
"""
LEASE = timedelta(seconds=15)  # a worker that died with a set in hand costs this


def announce_events(now: datetime) -> datetime | None:
    """Turns events not yet announced, and not held back any more, into outbox rows, oldest first, in one transaction.
    Returns when there will be more to announce: `now` where more may wait, None where nothing does.

    Each attempt is counted before it is made (`AnnouncementFailure`). A set that cannot be announced is halved until
    the event that stands in the way is alone. It is tried again alone, after growing pauses, and then parked for staff,
    as is one whose workers died; it holds up none of the others.
    """
    with connection.cursor() as cursor:
        patient, in_danger = now - PATIENT, now - PATIENT_IN_DANGER
        cursor.execute(
            _WAITING, {"now": now, "patient": patient, "in_danger": in_danger, "most": SET_AT_ONCE + 1}
        )
        found = cursor.fetchall()
    keys = [pk for pk, _, tried in found if pk is not None and not tried]
    if keys and (claimed := _claimed_first(keys, now)):
        _announce_set(claimed, now)
    for key in (pk for pk, _, tried in found if tried):
        _announce_again(key, now)
    if sum(pk is not None for pk, *_ in found) > SET_AT_ONCE:
        return now
    return next((held for pk, held, _ in found if pk is None), None)


def _claimed_first(keys: list[int], now: datetime) -> list[int]:
    """Those of the events that nobody has tried before, and that are ours now."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [now + LEASE, keys])
        return sorted(pk for (pk,) in cursor.fetchall())


def _announce_again(key: int, now: datetime) -> None:
    """One that was tried before goes alone: it may have ended who had it, and takes no neighbour along."""
    due = AnnouncementFailure.objects.filter(event=key, next_attempt_at__lte=now)
    if due.filter(attempts__gte=retry.NEWS_ATTEMPTS).update(next_attempt_at=None, error="its workers died"):
        log.error("parked: the workers that had event %s died", key)
    elif due.update(attempts=F("attempts") + 1, next_attempt_at=now + LEASE):
        _announce_set([key], now)


def _announce_set(keys: list[int], now: datetime) -> None:
    try:
        with transaction.atomic():
            _announce(keys, now)
    except Exception as error:
        if is_database_fault(error):  # says nothing about the events
            AnnouncementFailure.objects.release(keys, now)
            raise
        if len(keys) > 1:
            middle = len(keys) // 2
            _announce_set(keys[:middle], now)
            _announce_set(keys[middle:], now)
            return
        with log_fields.bind(event=keys[0]):
            log.exception("not announced")
        _keep_failure(keys[0], error, now)


def _announce(keys: list[int], now: datetime) -> None:
    """Locks conversations first, then the events, as everybody does; what others hold is left for the next time."""
    events = TicketEvent.objects.filter(pk__in=keys, announced_at=None)
    people = events.values("ticket__citizen")
    locked = Conversation.objects.select_for_update(no_key=True, skip_locked=True).order_by("id")
    talks = {talk.citizen_id: talk for talk in locked.filter(citizen__in=people)}
    unheld = events.filter(Q(ticket__citizen__in=talks) | ~Exists(_talk_of("ticket__citizen")))
    rows: list[Outbox] = []
    free = unheld.select_for_update(no_key=True, skip_locked=True, of=("self",)).order_by("id")
    announced = []
    for event in free.select_related("ticket", "actor"):
        announced.append(event.pk)
        with log_fields.bind(event=event.pk):
            if conversation := talks.get(event.ticket.citizen_id or 0):
                said = _announcement(event, conversation, now)
                rows += said
                if said and event.to_status in _IN_WORDS and event.public_text:
                    conversations.answered_of(ticket=event.ticket, now=event.at, by=event.actor)
    enqueue.put_all(rows)
    # Announced, too, where there is nothing to say or no telephone to say it to: it is not asked again.
    TicketEvent.objects.filter(pk__in=announced).update(announced_at=now)
    AnnouncementFailure.objects.filter(event__in=announced).delete()
    AnnouncementFailure.objects.release(set(keys) - set(announced), now)


def _talk_of(citizen: str) -> QuerySet[Conversation]:
    return Conversation.objects.filter(citizen=OuterRef(citizen))


def _keep_failure(key: int, error: Exception, now: datetime) -> None:
    """What it says is not kept: it may hold the citizen's words."""
    failure = AnnouncementFailure.objects.filter(event=key).first()
    if failure is None:  # erased meanwhile
        return
    parked = failure.attempts >= retry.NEWS_ATTEMPTS
    failure.next_attempt_at = None if parked else now + retry.pause_of_news(failure.attempts)
    failure.error = type(error).__name__
    failure.save(update_fields=["next_attempt_at", "error"])


def _announcement(event: TicketEvent, conversation: Conversation, now: datetime) -> list[Outbox]:
    """The news, and before it the photo of the work done; once the window is shut the template shows it instead."""
    ticket = event.ticket
    of_reply = _file_of_reply(event)
    words = announcement_of(event, conversation, file=of_reply)
    if words is None:
        return []
    shown = None if _is_of_danger(ticket) else after_photo(event)
    rows = []
    if event.data.get("photo") and not of_reply and event.actor is not None:
        notify_of_lost_file(user=event.actor, ticket=ticket, now=now)
    if of_reply:  # one message, held back and taken back as one
        shown = of_reply
    elif shown and enqueue.is_open(conversation, now):
        caption = render.photo(ticket.number, conversation.language or "tr")
        rows.append(
            enqueue.message(conversation=conversation, words=caption, now=now, ticket=ticket, photo=shown)
        )
        shown = None
    news = enqueue.message(
        conversation=conversation, words=words, now=now, event=event, ticket=ticket, photo=shown
    )
    return [*rows, news]


def _file_of_reply(event: TicketEvent) -> Attachment | None:
    """The photo or document that goes with a reply; None where it has none, or none that could be made safe."""
    if not event.data.get("photo"):
        return None
    stored = event.ticket.attachments.filter(hidden="", state=Attachment.State.STORED)
    return stored.filter(pk=event.data["photo"]).first()


def announcement_of(
    event: TicketEvent, conversation: Conversation, *, file: Attachment | None = None
) -> OutgoingMessage | None:
    """What the citizen hears of the event, as the caption of a file where there is one; None where that is nothing, or
    they want no news of the kind.
    """
    if event.kind == TicketEvent.Kind.CLAIMED:
        return _claimed(event, conversation)
    if _is_of_danger(event.ticket):
        return _in_danger(event, file)
    if conversation.muted and event.to_status in _INTERIM:
        return None
    return _words(event, conversation.language or "tr", file)


def transitions_with_words(ticket: Ticket, conversation: Conversation) -> set[Status]:
    """The statuses of whose news the citizen reads, as they would hear it now, what staff write with the transition."""

    return {
        to for to in Status if _heard(to, "…", ticket, conversation) != _heard(to, "", ticket, conversation)
    }


def announced_transitions(ticket: Ticket, conversation: Conversation) -> set[Status]:
    """The statuses of which the citizen reads anything when staff move the ticket there."""
    return {to for to in Status if _heard(to, "…", ticket, conversation) is not None}


def _heard(to: Status, words: str, ticket: Ticket, conversation: Conversation) -> OutgoingMessage | None:
    news = TicketEvent(ticket=ticket, kind=TicketEvent.Kind.MOVED, to_status=to, public_text=words)
    return announcement_of(news, conversation)


def _is_of_danger(ticket: Ticket) -> bool:
    """Whether its citizen was told what people in danger are told; where it was not sure all goes on as usual."""
    return ticket.restricted or bool(ticket.danger and not ticket.danger_unsure)


def _in_danger(event: TicketEvent, file: Attachment | None) -> OutgoingMessage | None:
    """Of a danger its citizen hears what a person wrote to them, as it stands, and no news (docs/danger.md); of a
    restricted one only what was written in the talk itself."""
    replied = event.kind == TicketEvent.Kind.REPLIED
    if not event.public_text or (event.ticket.restricted and not replied):
        return None
    return replace(written(event.public_text, file), template=None)


def _claimed(event: TicketEvent, conversation: Conversation) -> OutgoingMessage | None:
    """In despair the citizen hears once that a person writes to them, unless one has. Others are silent: whoever is in
    a fire is to telephone, and a telephone may be in another hand (docs/danger.md)."""
    kind = kinds().get(event.ticket.danger)
    earlier = event.ticket.events.filter(kind=TicketEvent.Kind.CLAIMED, pk__lt=event.pk)
    if (
        kind is None
        or kind.family not in DESPAIR
        or begin_and_end.has_person(conversation, event.at)
        or earlier.exists()
    ):
        return None
    told = conversation.state.get("danger") or {}
    return render.danger("claimed.despair", told.get("language") or conversation.language or "tr")


def written(text: str, file: Attachment | None) -> OutgoingMessage:
    """What a person wrote, as the caption of their photo or document where there is one."""
    if file is None:
        return render.plain(text)
    is_document = file.kind == Attachment.Kind.DOCUMENT
    name = file.ticket.number if file.ticket else NAMELESS
    return render.captioned(text, f"{name}.pdf" if is_document else "")


def _words(event: TicketEvent, language: str, file: Attachment | None) -> OutgoingMessage | None:
    """What the event tells, by itself: a duplicate's own ticket knows neither the day nor the agency of its news."""
    if event.kind == TicketEvent.Kind.REPLIED:
        return written(event.public_text, file)
    planned = event.data.get("planned_for")
    code = event.data.get("agency")
    agency = Agency.objects.filter(code=code).first() if code else None
    return render.news(
        event.to_status,
        event.ticket.number,
        language,
        text=event.public_text,
        planned=date.fromisoformat(planned) if planned else None,
        agency=agency.name if agency and agency.code != UNNAMED_AGENCY else "",
    )
