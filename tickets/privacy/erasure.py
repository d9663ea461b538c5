"""Tickets and people forgotten: what identifies anybody goes, what is counted stays (docs/decisions/0015)."""

import re
from collections import Counter
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from django.db import transaction
from django.db.models import F, Func, JSONField, Q, QuerySet, TextField, Value
from django.utils.timezone import localtime

from departments.common.planner_statistics import forget_samples
from departments.common.search_words import TooManyWordsError
from departments.danger_reader import corrections as danger_corrections
from departments.routing import corrections
from departments.text.folding import fold
from departments.text.pseudonyms import came_from, nameless
from tickets.answering.models.phone_calls import CallBack, PhoneCall
from tickets.answering.models.replies import ReplyDraft, ScheduledReply
from tickets.attachments.file_deletion import delete_pending_files, schedule_deletion
from tickets.back_office.models.saved_filters import SavedFilter
from tickets.board.models.shifts import ShiftChange
from tickets.casework.writing import append_event
from tickets.citizens.models.blocks import CitizenBlock
from tickets.citizens.models.notes import CitizenNote
from tickets.notifications.models import Notification
from tickets.privacy.data_requests import close_erased, forget_requests, open_requests
from tickets.privacy.legal_holds import legal_hold_ids
from tickets.privacy.models.destruction import Destruction
from tickets.privacy.models.legal_holds import LegalHold
from tickets.record import channel
from tickets.record.models.acts import Act
from tickets.record.models.attachments import Attachment, PendingUpload
from tickets.record.models.citizen import Citizen
from tickets.record.models.ticket import Ticket
from tickets.record.models.timeline import TicketEvent
from tickets.record.models.waiting_conversations import WaitingConversation
from tickets.record.permissions import Actor
from tickets.record.search import matching
from tickets.record.workflow import NotAllowed, TransitionError
from tickets.reports.models.monthly import MonthlyReport
from tickets.reports.places import coarse
from tickets.rest_api.export_jobs import forget_exports, forget_searches
from tickets.undo.journal import forget_acts_of, lock_acts

# What of a timeline and of the router's suggestion is counted, or a code; everything else may be somebody's words.
KEPT_OF_EVENTS = (
    *("department", "from_department", "category", "from_category", "agency", "planned_for", "score"),
    *("kind", "state", "after", "taken", "priority", "from_priority"),
    *("danger", "from_danger", "urgent", "from_urgent", "restricted", "from_restricted"),
    "hidden",
)
PART_OF_NAME = 3  # letters, of what names somebody in a search
INFLECTED_FROM = 5  # letters, from which on a longer word is a name with an ending
KEPT_OF_ROUTED = ("category", "department", "confidence", "sure_from", "triage", "model", "kind", "urgent")


class UnderLegalHold(TransitionError):
    """A hold forbids it."""


class NotYet(TransitionError):
    """It cannot be done at this moment; the text says what to do first."""


class Only(Func):
    """A JSON object with no other keys than these."""

    template = (
        "(SELECT COALESCE(jsonb_object_agg(key, value), '{}') FROM jsonb_each(%(expressions)s)"
        " WHERE key = ANY(%(keys)s))"
    )
    output_field = JSONField()

    def __init__(self, column: str, keys: tuple[str, ...]) -> None:
        super().__init__(F(column), keys=f"ARRAY[{', '.join(repr(key) for key in keys)}]")


def forget_files(attachments: Collection[int]) -> list[str]:
    """Gives up the files of these attachments, which stay listed as destroyed; returns the files."""
    rows = Attachment.objects.filter(pk__in=attachments)
    names = [name for row in rows.values_list("file", "thumbnail", "original") for name in row if name]
    names += channel.channel().data_store().detach_files(attachments)
    uploads = PendingUpload.objects.filter(attachment__in=attachments)
    names += uploads.values_list("name", flat=True)
    uploads.delete()
    nothing = {"file": "", "thumbnail": "", "original": "", "photo_hash": None, "published": False}
    nothing |= {"mime_type": "", "warning": ""}  # may hold words of the sender, or the file's name
    rows.update(state=Attachment.State.DESTROYED, **nothing)
    return names


def forget_loose_files(rows: QuerySet[Attachment]) -> list[str]:
    """Gives up files that staff sent to somebody without a ticket: nothing of them stays. Returns the files."""
    keys = list(rows.values_list("pk", flat=True))
    names = forget_files(keys)
    Attachment.objects.filter(pk__in=keys).delete()
    return names


def _loose_files_to(people: Collection[int]) -> QuerySet[Any]:
    sent = ScheduledReply.objects.filter(handover__citizen__in=people, file__isnull=False)
    return sent.values("file")


def forget_tickets(keys: Collection[int], now: datetime, actor: Actor) -> list[str]:
    """Takes from tickets and their timelines, within the caller's transaction, whatever tells of anybody.

    Returns the files. Numbers, codes, moments, scores and the place to 100 m stay: all that reports are made of.
    """
    forget_acts_of(tickets=keys)
    exported = forget_exports(keys, now)
    rows = Ticket.objects.filter(pk__in=keys)
    events = TicketEvent.objects.filter(ticket__in=keys)
    _forget_quotes(rows)
    _forget_filters(_lies_at_one_of(rows), now)
    _forget_filters(_finds_only(rows), now)
    LegalHold.objects.filter(ticket__in=keys, lifted_at__isnull=False).update(reason="")
    ShiftChange.objects.filter(tickets__overlap=[*keys]).update(note="")
    moments = list(events.values_list("at", flat=True).distinct())
    corrections.forget(moments)
    danger_corrections.forget(moments)
    files = exported + forget_files(
        list(Attachment.objects.filter(ticket__in=keys).values_list("pk", flat=True))
    )
    Attachment.objects.filter(ticket__in=keys).update(caption="")
    WaitingConversation.objects.filter(ticket__in=keys).update(last_words="", note="")
    PhoneCall.objects.filter(ticket__in=keys).update(note="", ticket=None)
    CallBack.objects.filter(ticket__in=keys).delete()
    ScheduledReply.objects.filter(ticket__in=keys).delete()
    Notification.objects.filter(ticket__in=keys).update(mail_error="")
    texts = ("summary", "description", "address", "satisfaction_comment", "published_text", "urgent_reason")
    words = dict.fromkeys((*texts, "registry_number", "cimer_number"), "")
    rows.update(
        **words,
        citizen=None,
        public_code=None,
        lat=coarse("lat"),
        lon=coarse("lon"),
        search=Func(F("number"), Value("-"), Value(3), function="split_part", output_field=TextField()),
        version=F("version") + 1,
        updated_at=now,
        forgotten_at=now,
    )
    rows.filter(routed__isnull=False).update(routed=Only("routed", KEPT_OF_ROUTED))
    events.filter(announce=True, announced_at=None).update(
        announced_at=now
    )  # there is nobody to tell any more
    events.update(public_text="", note="", data=Only("data", KEPT_OF_EVENTS))
    files += channel.channel().data_store().forget_tickets(keys)
    for ticket in rows:
        append_event(ticket, TicketEvent.Kind.FORGOTTEN, actor=actor, now=now)
    return files


def forget_people(keys: Collection[int], now: datetime) -> list[str]:
    """Takes name, numbers and talk from citizens who have no ticket any more; returns the files."""
    forget_acts_of(people=keys)
    files = channel.channel().data_store().forget_people(keys)
    _forget_filters(_names_one_of(Citizen.objects.filter(pk__in=keys)), now)
    forget_handovers(keys, now)
    forget_requests(keys)
    files += forget_loose_files(Attachment.objects.filter(pk__in=_loose_files_to(keys)))
    ScheduledReply.objects.filter(handover__citizen__in=keys).delete()
    for kept in (ReplyDraft, CitizenNote, CitizenBlock, CallBack):
        kept._default_manager.filter(citizen__in=keys).delete()
    PhoneCall.objects.filter(citizen__in=keys).update(note="")
    LegalHold.objects.filter(citizen__in=keys, lifted_at__isnull=False).update(reason="")
    Citizen.objects.filter(pk__in=keys).update(name=None, phone=None, forgotten_at=now)
    return files


def forget_handovers(people: Collection[int], now: datetime) -> None:
    """Takes what these people said from the conversations that waited for staff; none of them waits any more."""
    rows = WaitingConversation.objects.filter(citizen__in=people)
    rows.filter(ended_at=None).update(ended_at=now, end=WaitingConversation.End.CLOSED)
    rows.update(last_words="", note="")
    ShiftChange.objects.filter(talks__overlap=list(rows.values_list("pk", flat=True))).update(note="")


def erase(
    *, people: Collection[int], tickets: Collection[int], actor: Actor, now: datetime, reason: str
) -> Destruction:
    """Forgets these people with all their tickets, and these tickets, at once; returns the entry of the log.

    Raises NotAllowed, UnderLegalHold under a hold, NotYet while a ticket is open or something is under way.
    """
    if not actor.keeps_personal_data:
        raise NotAllowed("Kişisel veriyi yalnızca KVKK görevlisi siler.")
    if not reason.strip():
        raise NotYet("Silme nedenini yazın: örneğin dilekçenin tarihi ve sayısı.")
    with transaction.atomic():
        entry = _erase(people, tickets, actor, now, reason)
    delete_pending_files()
    with transaction.atomic():  # what was being taken in at that very moment
        schedule_deletion(channel.channel().data_store().forget_people(people), now)
    delete_pending_files()
    forget_samples()
    return entry


def _erase(
    people: Collection[int], tickets: Collection[int], actor: Actor, now: datetime, reason: str
) -> Destruction:
    names = [name for name in Citizen.objects.filter(pk__in=people).values_list("name", flat=True) if name]
    lock_acts()
    channel.channel().data_store().lock(people)
    list(Citizen.objects.select_for_update(no_key=True).filter(pk__in=people).order_by("pk"))
    which = Q(pk__in=tickets) | Q(citizen__in=people)
    rows = list(Ticket.objects.select_for_update().filter(which, forgotten_at=None).order_by("pk"))
    _check(people, tickets)  # whoever puts them under a hold waits for the same locks
    _check_closed(rows)
    events = TicketEvent.objects.select_for_update(no_key=True).filter(ticket__in=rows).order_by("pk")
    list(events.values_list("pk", flat=True))  # before what the channel has to say of them
    files = channel.channel().data_store().forget_people(people)
    files += forget_tickets([row.pk for row in rows], now, actor)
    asked = open_requests(people)
    files += forget_people(people, now)
    counts = Counter({"vatandaş": len(people), "başvuru": len(rows), "dosya": schedule_deletion(files, now)})
    entry = Destruction.objects.create(
        at=now,
        by=actor.user,
        reason=nameless(reason.strip(), names)[:300],
        tickets=[row.number for row in rows],
        counts=dict(counts),
    )
    close_erased(asked, entry)
    return entry


def _check(people: Collection[int], tickets: Collection[int]) -> None:
    kept = legal_hold_ids()
    if kept.people & set(people) or kept.tickets & set(tickets):
        raise UnderLegalHold("İmha engeli var: engel kalkmadan silinemez.")
    if reason := channel.channel().data_store().busy(people):
        raise NotYet(reason)


def _check_closed(rows: list[Ticket]) -> None:
    still_open = [row.number for row in rows if row.closed_at is None]
    if still_open:
        listed = ", ".join(still_open[:10])
        raise NotYet(
            f"Kapanmamış başvurusu var: {listed}. Önce sonuçlandırıp kapatın ya da iptal edin, sonra yeniden deneyin."
        )


def _forget_filters(is_of: Callable[[str], bool], now: datetime) -> None:
    """Deletes the filters of which the name or what is searched is of somebody, those that were deleted a moment ago,
    too; and has exports that searched for them end.
    """
    Act.objects.filter(name__in=("save_filter", "forget_filter")).delete()

    def searches(query: str) -> bool:
        return any(is_of(words) for words in parse_qs(query).get("q", ()))

    found = [each.pk for each in SavedFilter.objects.all() if is_of(each.name) or searches(each.query)]
    SavedFilter.objects.filter(pk__in=found).delete()
    forget_searches(searches, now)


def _names_one_of(people: QuerySet[Citizen]) -> Callable[[str], bool]:
    """Whether words name one of these people, by a part of their name or by their number."""
    known = list(people.values_list("name", "phone"))
    names = {part for name, _ in known for part in _parts(name or "") if len(part) >= PART_OF_NAME}
    numbers = [phone[-10:] for _, phone in known if phone]

    def is_of(words: str) -> bool:
        digits = re.sub(r"\D", "", words)
        parts = _parts(words)
        inflected = any(
            part.startswith(name) for part in parts for name in names if len(name) >= INFLECTED_FROM
        )
        return bool(names & parts) or inflected or any(number in digits for number in numbers)

    return is_of


def _parts(words: str) -> set[str]:
    """The folded words, without the endings that follow an apostrophe."""
    return {part for part in re.split(r"[^\w]+", fold(words)) if part}


def _finds_only(rows: QuerySet[Ticket]) -> Callable[[str], bool]:
    """Whether a search for these words finds one of these tickets and no other: then it is of somebody."""
    keys = set(rows.values_list("pk", flat=True))

    def is_of(words: str) -> bool:
        try:
            rows = matching(Ticket.objects.all(), words, Q())
        except TooManyWordsError:
            return True  # nobody can search by it any more, and it may name somebody
        found = set(rows.values_list("pk", flat=True)[: len(keys) + 1])
        return bool(found) and found <= keys

    return is_of


def _lies_at_one_of(rows: QuerySet[Ticket]) -> Callable[[str], bool]:
    """Whether words are of the address of one of these tickets; one word alone may be of any."""
    addresses = [{*fold(address).split()} for address in rows.values_list("address", flat=True) if address]

    def is_of(words: str) -> bool:
        parts = {*fold(words).split()}
        return len(parts) > 1 and any(parts <= address for address in addresses)

    return is_of


def _forget_quotes(rows: QuerySet[Ticket]) -> None:
    """Takes what citizens said with their rating out of the kept monthly reports."""
    said = rows.filter(rated_at__isnull=False).exclude(satisfaction_comment="")
    comments = dict(said.values_list("satisfaction_comment", "rated_at"))
    months = {localtime(at).date().replace(day=1) for at in comments.values() if at}
    for report in MonthlyReport.objects.filter(month__in=months):
        words = report.figures.get("words", [])
        left = [word for word in words if not any(came_from(word["text"], comment) for comment in comments)]
        if left != words:
            report.figures["words"] = left
            report.save(update_fields=["figures"])
