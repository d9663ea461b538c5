"""Drills: an administrator tries who hears of a danger, by which way and how soon.

It rings once, as a restricted danger does; there is no ticket and no citizen.
"""

from datetime import datetime, timedelta

from django.db import transaction

from tickets.danger.models import Drill
from tickets.danger.ringing import rung_for_restricted
from tickets.danger.services import name_of
from tickets.danger.telephones import ring
from tickets.record.permissions import Actor
from tickets.record.workflow import NoSuchTransition, NotAllowed

DRILL_LASTS = timedelta(minutes=30)  # then it rings no more on open pages


def start_drill(*, actor: Actor, now: datetime) -> Drill:
    """Rings for those for whom a danger would ring first. Raises NotAllowed for all but administrators."""
    if actor.user is None or not actor.user.is_superuser:
        raise NotAllowed("Tatbikatı yalnızca yöneticiler başlatabilir.")
    with transaction.atomic():
        drill = Drill.objects.create(at=now, started_by=actor.user)
        ring(rung_for_restricted(now), now, of=drill)
    return drill


def acknowledge_drill(*, drill: Drill, actor: Actor, now: datetime) -> Drill:
    """Somebody for whom it rang claims the drill. Raises NotAllowed, and NoSuchTransition where somebody else has."""
    with transaction.atomic():
        row = Drill.objects.select_for_update(no_key=True).get(pk=drill.pk)
        if actor.user is None or not row.notifications.filter(user=actor.user).exists():
            raise NotAllowed("Bu tatbikat size haber verilmedi.")
        if row.claimed_by is not None and row.claimed_by != actor.user:
            raise NoSuchTransition(f"Bu tatbikatı {name_of(row.claimed_by)} üstlendi.")
        if row.claimed_by is None:
            row.claimed_by, row.claimed_at = actor.user, now
            row.save(update_fields=["claimed_by", "claimed_at"])
            row.notifications.update(acknowledged_at=now)
        row.notifications.filter(user=actor.user, seen_at=None).update(seen_at=now)
    return row
