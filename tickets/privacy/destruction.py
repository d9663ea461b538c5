"""Destroys data that is past its retention period, every night (docs/decisions/0015): our rules and the channel's.

Rows first, then files: each batch is one transaction with its entry in the destruction log and the rows of the files
to delete (PendingFileDeletion). A run that was killed at any moment is continued by the next one.
"""

from collections import Counter
from collections.abc import Callable, Collection
from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import Exists, Model, OuterRef, Q

from departments.common.database_errors import is_outage
from departments.common.planner_statistics import forget_samples
from departments.common.row_by_row import all_steps, each_row, failed, failing_keys
from departments.models import RowWork
from tickets.answering.models.phone_calls import CallBack, PhoneCall
from tickets.answering.models.replies import ReplyDraft, ScheduledReply
from tickets.attachments.file_deletion import (
    abort_unfinished_uploads,
    delete_pending_files,
    orphaned_files,
    schedule_deletion,
)
from tickets.board.models.shifts import ShiftChange
from tickets.citizens.models.blocks import CitizenBlock
from tickets.citizens.models.notes import CitizenNote
from tickets.notifications.models import NotificationPreference
from tickets.privacy.erasure import forget_files, forget_loose_files, forget_people, forget_tickets
from tickets.privacy.legal_holds import LegalHoldIds, legal_hold_ids
from tickets.privacy.models.data_requests import PersonalDataRequest
from tickets.privacy.models.destruction import Destruction
from tickets.privacy.models.retention import Retention
from tickets.record import channel
from tickets.record.models.attachments import Attachment
from tickets.record.models.citizen import Citizen
from tickets.record.models.ticket import Ticket
from tickets.record.models.waiting_conversations import WaitingConversation
from tickets.record.permissions import Actor
from tickets.record.personal_data_store import RetentionRule
from tickets.undo.journal import lock_acts

BATCH = 200
FILES = "dosya"


def retention_rules(now: datetime) -> list[RetentionRule]:
    """The retention rules in the order in which they are applied; nothing under a legal hold is due."""
    limits, kept = Retention.limits(now), legal_hold_ids()
    return [*channel.channel().data_store().retention_rules(limits, kept.people), *_ours(limits, kept)]


def due(now: datetime) -> Counter[str]:
    """How many rows `destroy` would destroy now, by the rule's name. Changes nothing."""
    counted = Counter({each.name: each.due.count() for each in retention_rules(now)})
    return +counted


def destroy(clock: Callable[[], datetime], until: datetime | None = None) -> Counter[str]:
    """Destroys what is due, batch by batch, until nothing is left or it is `until`; returns counts by rule name."""
    done: Counter[str] = Counter()

    def apply(number: int, name: str) -> None:
        # Asked anew for each batch: somebody may be under a hold by now.
        _try_again(retention_rules(clock())[number], clock, until)
        while (until is None or clock() < until) and (
            gone := destroy_batch(retention_rules(clock())[number], clock())
        ):
            done[name] += gone
            delete_pending_files()

    def forget() -> None:
        if done and (until is None or clock() < until):  # else there is more to destroy first
            forget_samples()

    rules = [partial(apply, number, rule.name) for number, rule in enumerate(retention_rules(clock()))]
    all_steps(delete_pending_files, *rules, forget)  # first the files left by a run that was killed
    return done


def delete_orphaned_files(now: datetime) -> int:
    """Deletes the files that no row refers to; returns how many. Parts of files that were never whole go, too."""
    abort_unfinished_uploads(now)
    orphans = orphaned_files(now)
    if orphans:
        with transaction.atomic():
            schedule_deletion(orphans, now)
            Destruction.objects.create(at=now, reason="sahipsiz dosyalar", counts={FILES: len(orphans)})
        delete_pending_files()
    return len(orphans)


def destroy_batch(rule: RetentionRule, now: datetime) -> int:
    """Destroys one batch of what is due; returns its size. Rows that are locked now are left for the next run, and so
    are those that could not be destroyed.
    """
    # In no order: by their key all that is not due yet would be walked through to find that nothing is.
    free = rule.due.exclude(pk__in=_failing(rule))
    return _destroy_set(rule, sorted(free.values_list("pk", flat=True)[:BATCH]), now)


def _destroy_set(rule: RetentionRule, found: list[int], now: datetime) -> int:
    """A set that cannot be destroyed is halved until the row that stands in the way is alone."""
    try:
        return _destroy(rule, found, now)
    except Exception as error:
        if is_outage(error) or not found:
            raise
        if len(found) == 1:
            failed(RowWork.RETENTION, _key(rule, found[0]), error, now)
            return 0
        middle = len(found) // 2
        return _destroy_set(rule, found[:middle], now) + _destroy_set(rule, found[middle:], now)


def _try_again(rule: RetentionRule, clock: Callable[[], datetime], until: datetime | None) -> None:
    """Destroys what could not be destroyed before, each row alone, at most BATCH of them and no longer than `until`."""
    keys, now = {_key(rule, pk): pk for pk in _failing(rule)}, clock()
    each_row(
        RowWork.RETENTION,
        keys,
        lambda key: _destroy(rule, [keys[key]], now),
        now=now,
        most=BATCH,
        is_over=lambda: until is not None and clock() >= until,
        are_all=False,
    )


def _failing(rule: RetentionRule) -> list[int]:
    prefix = _key(rule, "")
    keys = failing_keys(RowWork.RETENTION)
    return [int(key.removeprefix(prefix)) for key in keys if key.startswith(prefix)]


def _key(rule: RetentionRule, pk: int | str) -> str:
    return f"{rule.name}: {pk}"


def _destroy(rule: RetentionRule, found: list[int], now: datetime) -> int:
    with transaction.atomic():
        lock_acts()
        rule.lock_first(found)
        rows = rule.due.filter(pk__in=found).select_for_update(skip_locked=True, of=("self",)).order_by("pk")
        keys = [row.pk for row in rows.only("pk")]
        if keys:
            files = schedule_deletion(rule.destroy(keys, now), now)
            counts = {rule.name: len(keys)} | ({FILES: files} if files else {})
            before = Retention.limits(now)[rule.rule]
            Destruction.objects.create(at=now, rule=rule.rule, before=before, counts=counts)
    return len(keys)


def _ours(limits: dict[str, datetime], kept: LegalHoldIds) -> list[RetentionRule]:
    media, identity, chatter = limits["media"], limits["identity"], limits["chatter"]
    named = ~Q(file="") | ~Q(thumbnail="") | ~Q(original="")
    files = Attachment.objects.filter(named, ticket__closed_at__lt=max(media, identity))
    closed = Ticket.objects.filter(closed_at__lt=identity, forgotten_at=None)
    stays = Ticket.objects.filter(citizen=OuterRef("pk")).exclude(pk__in=closed.values("pk"))
    talking = channel.channel().data_store().talked_since(chatter)
    # Who asked about their data is known for as long as the answer may have to be proved.
    asked = PersonalDataRequest.objects.filter(citizen=OuterRef("pk"))
    silent = Citizen.objects.filter(~Exists(stays), ~Exists(asked), forgotten_at=None, created_at__lt=chatter)
    answered = PersonalDataRequest.objects.filter(closed_at__lt=limits["requests"])
    typed = ReplyDraft.objects.filter(updated_at__lt=chatter)
    noted = CitizenNote.objects.filter(at__lt=identity)
    blocked = CitizenBlock.objects.filter(lifted_at__lt=chatter)
    called = CallBack.objects.filter(ended_at__lt=chatter)
    # What was said on the telephone about a ticket goes with the ticket.
    spoken = PhoneCall.objects.filter(at__lt=chatter, ticket=None).exclude(note="")
    waited = WaitingConversation.objects.filter(ended_at__lt=chatter).exclude(last_words="", note="")
    # What staff sent to somebody without a ticket, and what of it did not leave.
    sent = Attachment.objects.filter(ticket=None, created_at__lt=chatter)
    to_them = ScheduledReply.objects.filter(file__isnull=False, handover__citizen__in=kept.people)
    replied = ScheduledReply.objects.filter(ticket=None, ended_at__lt=chatter)
    handed = ShiftChange.objects.filter(at__lt=chatter).exclude(note="")
    # Staff who get notifications by WhatsApp had to write to the line once, so they are citizens, too, and stay.
    staff = NotificationPreference.objects.exclude(phone="").values("phone")
    return [
        RetentionRule(
            "requests",
            "kişisel veri talebi",
            answered.exclude(citizen__in=kept.people),
            _deletes(PersonalDataRequest),
        ),
        RetentionRule("media", "başvurunun dosyası", files.exclude(ticket__in=kept.tickets), _destroy_files),
        RetentionRule(
            "chatter", "bekleyen görüşmenin sözü", waited.exclude(citizen__in=kept.people), _forget_words
        ),
        RetentionRule(
            "chatter", "cevap taslağı", typed.exclude(citizen__in=kept.people), _deletes(ReplyDraft)
        ),
        RetentionRule(
            "chatter", "telefon görüşmesinin notu", spoken.exclude(citizen__in=kept.people), _forget_calls
        ),
        RetentionRule(
            "chatter",
            "vardiya devrinin notu",
            handed.exclude(tickets__overlap=[*kept.tickets]),
            _forget_notes_of_shifts,
        ),
        RetentionRule(
            "chatter",
            "görüşmede giden dosya",
            sent.exclude(pk__in=to_them.values("file")),
            _forget_loose_files,
        ),
        RetentionRule(
            "chatter",
            "görüşmede ileri tarihli cevap",
            replied.exclude(handover__citizen__in=kept.people),
            _deletes(ScheduledReply),
        ),
        RetentionRule("chatter", "geri arama", called.exclude(citizen__in=kept.people), _deletes(CallBack)),
        RetentionRule(
            "chatter", "biten engel", blocked.exclude(citizen__in=kept.people), _deletes(CitizenBlock)
        ),
        RetentionRule("identity", "kişi notu", noted.exclude(citizen__in=kept.people), _deletes(CitizenNote)),
        RetentionRule(
            "identity", "başvuru", closed.exclude(pk__in=kept.tickets), _forget_tickets, _lock_their_talks
        ),
        RetentionRule(
            "identity",
            "vatandaş",
            silent.exclude(pk__in=kept.people).exclude(pk__in=talking).exclude(phone__in=staff),
            forget_people,
        ),
    ]


def _destroy_files(keys: list[int], _now: datetime) -> Collection[str]:
    return forget_files(keys)


def _forget_loose_files(keys: list[int], _now: datetime) -> Collection[str]:
    return forget_loose_files(Attachment.objects.filter(pk__in=keys))


def _forget_words(keys: list[int], _now: datetime) -> Collection[str]:
    WaitingConversation.objects.filter(pk__in=keys).update(last_words="", note="")
    return ()


def _forget_calls(keys: list[int], _now: datetime) -> Collection[str]:
    PhoneCall.objects.filter(pk__in=keys).update(note="")
    return ()


def _forget_notes_of_shifts(keys: list[int], _now: datetime) -> Collection[str]:
    ShiftChange.objects.filter(pk__in=keys).update(note="")
    return ()


def _deletes(table: type[Model]) -> Callable[[list[int], datetime], Collection[str]]:
    def delete(keys: list[int], _now: datetime) -> Collection[str]:
        table._default_manager.filter(pk__in=keys).delete()
        return ()

    return delete


def _lock_their_talks(keys: list[int]) -> None:
    people = Ticket.objects.filter(pk__in=keys, citizen__isnull=False).values_list("citizen", flat=True)
    channel.channel().data_store().lock(set(people))


def _forget_tickets(keys: list[int], now: datetime) -> Collection[str]:
    return forget_tickets(keys, now, Actor.scheduler())
