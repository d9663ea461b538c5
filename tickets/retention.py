"""Destroys what is old enough, night by night (docs/decisions/0015): one loop over the rules, ours and the channel's.

Rows first, then files: a batch is one transaction with its entry in the destruction log and the notes of the files to
go. Killed at any moment it is taken up again where it stood.
"""

from collections import Counter
from collections.abc import Callable, Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from tickets import ports
from tickets.access import Actor
from tickets.models import Attachment, Citizen, Destruction, NotificationPreference, Retention, Ticket
from tickets.ports import RetentionRule
from tickets.services.erasure import forget_files, forget_people, forget_tickets
from tickets.services.file_deletion import delete_pending_files, orphaned_files, schedule_deletion
from tickets.services.legal_holds import LegalHoldIds, legal_hold_ids

BATCH = 200
FILES = "dosya"


def retention_rules(now: datetime) -> list[RetentionRule]:
    """All that is destroyed for its age, in the order in which it goes; nothing under a hold is due."""
    limits, kept = Retention.limits(now), legal_hold_ids()
    return [*ports.channel().data_store().retention_rules(limits, kept.people), *_ours(limits, kept)]


def due(now: datetime) -> Counter[str]:
    """How many of what `destroy` would take now, by what it is. Changes nothing."""
    counted = Counter({each.name: each.due.count() for each in retention_rules(now)})
    return +counted


def destroy(clock: Callable[[], datetime], until: datetime | None = None) -> Counter[str]:
    """Destroys what is due, batch by batch, until nothing is left or it is `until`; returns how many of what."""
    delete_pending_files()  # what a killed run left
    done: Counter[str] = Counter()
    for number, chore in enumerate(retention_rules(clock())):
        # Asked anew for each batch: somebody may be under a hold by now.
        while (until is None or clock() < until) and (
            gone := _batch(retention_rules(clock())[number], clock())
        ):
            done[chore.name] += gone
            delete_pending_files()
    return done


def delete_orphaned_files(now: datetime) -> int:
    """Removes the files that no row names; returns how many."""
    strays = orphaned_files(now)
    if strays:
        with transaction.atomic():
            schedule_deletion(strays, now)
            Destruction.objects.create(at=now, reason="sahipsiz dosyalar", counts={FILES: len(strays)})
        delete_pending_files()
    return len(strays)


def _batch(chore: RetentionRule, now: datetime) -> int:
    """Destroys some of what is due. What somebody is working with at this moment is left for the next time."""
    with transaction.atomic():
        chore.lock_first(list(chore.due.order_by("pk").values_list("pk", flat=True)[:BATCH]))
        rows = chore.due.select_for_update(skip_locked=True, of=("self",)).order_by("pk")
        keys = [row.pk for row in rows.only("pk")[:BATCH]]
        if keys:
            files = schedule_deletion(chore.destroy(keys, now), now)
            counts = {chore.name: len(keys)} | ({FILES: files} if files else {})
            before = Retention.limits(now)[chore.rule]
            Destruction.objects.create(at=now, rule=chore.rule, before=before, counts=counts)
    return len(keys)


def _ours(limits: dict[str, datetime], kept: LegalHoldIds) -> list[RetentionRule]:
    media, identity, chatter = limits["media"], limits["identity"], limits["chatter"]
    named = ~Q(file="") | ~Q(thumbnail="") | ~Q(original="")
    files = Attachment.objects.filter(named, ticket__closed_at__lt=max(media, identity))
    closed = Ticket.objects.filter(closed_at__lt=identity, forgotten_at=None)
    stays = Ticket.objects.filter(citizen=OuterRef("pk")).exclude(pk__in=closed.values("pk"))
    talking = ports.channel().data_store().talked_since(chatter)
    silent = Citizen.objects.filter(~Exists(stays), forgotten_at=None, created_at__lt=chatter)
    # Staff who hear of their work by WhatsApp are known to it by having written once.
    staff = NotificationPreference.objects.exclude(phone="").values("phone")
    return [
        RetentionRule("media", "başvurunun dosyası", files.exclude(ticket__in=kept.tickets), _destroy_files),
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


def _lock_their_talks(keys: list[int]) -> None:
    people = Ticket.objects.filter(pk__in=keys, citizen__isnull=False).values_list("citizen", flat=True)
    ports.channel().data_store().lock(set(people))


def _forget_tickets(keys: list[int], now: datetime) -> Collection[str]:
    return forget_tickets(keys, now, Actor.scheduler())
