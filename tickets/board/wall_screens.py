"""Screens on the wall: opened by a supervisor, known by the hash of their key, shut for good.

As with API keys, a hash without salt is enough for 160 random bits, and can be looked up at each request.
"""

from datetime import datetime, timedelta
from secrets import token_hex

from tickets.api_clients.keys import digest_of
from tickets.board.models.wall_screens import WallScreen
from tickets.record.permissions import Actor, actor_of
from tickets.record.workflow import MissingFields, NotAllowed

MARK = "mgd_"  # by which a key is found where it does not belong
SEEN_EVERY = timedelta(minutes=1)
_PREFIX = 12


def open_screen(*, name: str, actor: Actor, now: datetime) -> str:
    """A new screen; returns its key, which nobody can ever read again. Raises NotAllowed, MissingFields."""
    _require_supervisor(actor)
    if not name.strip():
        raise MissingFields({"name": "Ekranın nerede durduğunu yazın: örneğin “Çağrı merkezi salonu”."})
    key = f"{MARK}{token_hex(20)}"
    row = WallScreen(name=name.strip()[:80], prefix=key[:_PREFIX], digest=digest_of(key), made_at=now)
    row.made_by_id = actor.user.pk if actor.user else 0
    row.save()
    return key


def screen_of(key: str, now: datetime) -> WallScreen | None:
    """The screen with that key; None for an unknown or revoked one, or one whose opener has left or is no supervisor
    any more. Notes to the minute that it was seen.
    """
    if not key.startswith(MARK):
        return None
    screens = WallScreen.objects.select_related("made_by")
    row = screens.filter(digest=digest_of(key), revoked_at=None).first()
    if row is None or not actor_of(row.made_by).sees_everything:
        return None
    if row.last_seen_at is None or now - row.last_seen_at >= SEEN_EVERY:
        WallScreen.objects.filter(pk=row.pk).update(last_seen_at=now)
    return row


def shut_screen(*, pk: int, actor: Actor, now: datetime) -> None:
    """Its key opens nothing from now on. Raises NotAllowed."""
    _require_supervisor(actor)
    WallScreen.objects.filter(pk=pk, revoked_at=None).update(revoked_at=now)


def _require_supervisor(actor: Actor) -> None:
    if not actor.sees_everything or actor.user is None:
        raise NotAllowed("Duvar ekranını çağrı merkezi sorumlusu açar ve kapatır.")
