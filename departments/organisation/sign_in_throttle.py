"""Records sign-in attempts and locks an account or address after too many wrong ones (docs/decisions/0011)."""

import hmac
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Q

from departments.models import SignIn

WITHIN = timedelta(minutes=15)
# Wrong passwords within that time after which nobody gets in: to one name from one address, to one name from
# anywhere, from one address to any names. An office shares one address, hence the last is the widest.
MOST_OF_BOTH, MOST_OF_NAME, MOST_OF_ADDRESS = 5, 20, 50
KEPT_FOR = timedelta(days=365)


def record_attempt(*, username: str, address: str | None, now: datetime) -> SignIn:
    """Records an attempt: LOCKED after too many wrong ones, else WRONG until `mark_successful`."""
    entry = SignIn.objects.create(
        at=now, name=_stored_name(username), address=address, result=SignIn.Result.WRONG
    )
    if _too_many(entry):
        entry.result = SignIn.Result.LOCKED
        entry.save(update_fields=["result"])
    return entry


def mark_successful(entry: SignIn) -> None:
    entry.result = SignIn.Result.RIGHT
    entry.save(update_fields=["result"])


def is_locked(*, username: str, address: str | None, now: datetime) -> bool:
    """Whether the last attempt of that name from that address was refused without checking the password."""
    last = (
        SignIn.objects.filter(name=_stored_name(username), address=address, at__gt=now - WITHIN)
        .order_by("-id")
        .first()
    )
    return last is not None and last.result == SignIn.Result.LOCKED


def unlock(*, names: list[str], now: datetime) -> int:
    """Unlocks these names; returns how many."""
    rows = [SignIn(at=now, name=name, result=SignIn.Result.UNLOCKED) for name in names]
    return len(SignIn.objects.bulk_create(rows))


def forget(now: datetime) -> None:
    """Deletes attempts older than a year."""
    SignIn.objects.filter(at__lt=now - KEPT_FOR).delete()


def _too_many(entry: SignIn) -> bool:
    """Whether this attempt exceeds a limit; those before a successful one from there, or an unlock, do not count."""
    recent = SignIn.objects.filter(at__gt=entry.at - WITHIN, id__lte=entry.pk)
    wrong = Q(result=SignIn.Result.WRONG)
    of_name = recent.filter(name=entry.name)
    unlocked = (
        of_name.filter(result=SignIn.Result.UNLOCKED).order_by("-id").values_list("id", flat=True).first()
        or 0
    )
    here = of_name.filter(address=entry.address)
    right = here.filter(result=SignIn.Result.RIGHT).order_by("-id").values_list("id", flat=True).first() or 0
    return (
        here.filter(wrong, id__gt=max(unlocked, right)).count() > MOST_OF_BOTH
        or of_name.filter(wrong, id__gt=unlocked).count() > MOST_OF_NAME
        or recent.filter(wrong, address=entry.address).count() > MOST_OF_ADDRESS
    )


def _stored_name(username: str) -> str:
    """The name of somebody we know; of anything else a digest: people type passwords where the name belongs."""
    name = username.strip()
    if User.objects.filter(username=name).exists():
        return name
    return "? " + hmac.new(settings.SECRET_KEY.encode(), name.encode(), "sha256").hexdigest()[:12]
