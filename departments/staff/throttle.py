"""Records sign-in attempts and stops guessing without keeping colleagues out (docs/decisions/0011)."""

import hmac
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import QuerySet

from departments.staff.models import SignIn

WITHIN = timedelta(minutes=15)
# Wrong passwords within that time after which nobody gets in with a name: from one unknown browser's address, from all
# of them together, and from a browser in which the account signed in before, which none of the others touches.
MOST_OF_BOTH, MOST_OF_NAME, MOST_OF_DEVICE = 5, 20, 10
# An address with so many wrong ones to whatever names has FEW left for each: an office shares one, so it is not shut.
MOST_OF_ADDRESS, FEW = 50, 2
MOST_CODES = 10
# Calls a minute of one address, which an office shares: attempts of its unknown browsers, mails to those who have
# forgotten their password, beginnings of single sign-on (each may hold one of our threads for some seconds).
STRANGERS_PER_MINUTE = 60
FORGOTTEN_PER_MINUTE = 5
SINGLE_SIGN_ON_PER_MINUTE = 60
NOBODY = "?"  # before the digest of a name that nobody has; alone, many of them


def record_attempt(*, username: str, address: str | None, now: datetime, device: str = "") -> SignIn:
    """Records an attempt: LOCKED after too many wrong ones, else WRONG until `mark_successful`.

    `device` is the mark of a browser in which that name signed in before (known_devices), empty for any other.
    """
    return _record(username, address, now, device, SignIn.Result.WRONG)


def record_code(*, username: str, address: str | None, now: datetime, device: str = "") -> SignIn:
    """Records an attempt at the second factor: LOCKED after too many wrong codes, else CODE until it was right."""
    return _record(username, address, now, device, SignIn.Result.CODE)


def record_vouched_for(
    *, username: str, address: str | None, now: datetime, device: str = "", code_is_next: bool = False
) -> None:
    """Records the sign-in of somebody whom the provider of single sign-on vouches for."""
    result = SignIn.Result.HALF if code_is_next else SignIn.Result.RIGHT
    SignIn.objects.create(at=now, name=username, address=address, device=device, result=result)


def mark_successful(entry: SignIn, *, code_is_next: bool = False) -> None:
    """The attempt was right; `code_is_next` where the password alone opens nothing yet."""
    entry.result = SignIn.Result.HALF if code_is_next else SignIn.Result.RIGHT
    entry.save(update_fields=["result"])


def is_locked(*, username: str, address: str | None, now: datetime, device: str = "") -> bool:
    """Whether the last attempt of that name from there was refused without checking the password."""
    recent = SignIn.objects.filter(name=_stored_name(username), at__gt=now - WITHIN)
    last = _from(recent, address, device).order_by("-id").first()
    return last is not None and last.result == SignIn.Result.LOCKED


def unlock(*, names: list[str], now: datetime) -> int:
    """Unlocks these names; returns how many."""
    rows = [SignIn(at=now, name=name, result=SignIn.Result.UNLOCKED) for name in names]
    return len(SignIn.objects.bulk_create(rows))


def _record(username: str, address: str | None, now: datetime, device: str, wrong: SignIn.Result) -> SignIn:
    entry = SignIn.objects.create(
        at=now, name=_stored_name(username), address=address, device=device, result=wrong
    )
    if _too_many(entry):
        entry.result = SignIn.Result.LOCKED
        entry.save(update_fields=["result"])
    return entry


def _too_many(entry: SignIn) -> bool:
    """Whether this attempt exceeds a limit; those before a successful one from there, or an unlock, do not count."""
    recent = SignIn.objects.filter(at__gt=entry.at - WITHIN, id__lte=entry.pk)
    of_name = recent.filter(name=entry.name)
    unlocked = _newest(of_name, SignIn.Result.UNLOCKED)
    here = _from(of_name, entry.address, entry.device)
    if entry.result == SignIn.Result.CODE:
        # A right password tells an attacker's codes from a stranger's, and a code is short: one bound from anywhere.
        since = max(unlocked, _newest(here, SignIn.Result.RIGHT))
        counted = here if entry.device else of_name.filter(device="")
        return _count(counted, SignIn.Result.CODE, since) > MOST_CODES
    since = max(unlocked, _newest(here, SignIn.Result.RIGHT, SignIn.Result.HALF))
    mine = _count(here, SignIn.Result.WRONG, since)
    if entry.device:
        return mine > MOST_OF_DEVICE
    strangers = recent.filter(device="")
    return mine > _most_from(strangers, entry.address) or (
        _count(strangers.filter(name=entry.name), SignIn.Result.WRONG, unlocked) > MOST_OF_NAME
    )


def _most_from(strangers: QuerySet[SignIn], address: str | None) -> int:
    wrong = _count(strangers.filter(address=address), SignIn.Result.WRONG, 0)
    return FEW if wrong > MOST_OF_ADDRESS else MOST_OF_BOTH


def _from(attempts: QuerySet[SignIn], address: str | None, device: str) -> QuerySet[SignIn]:
    """Those of one known browser, wherever it is; or those of the unknown ones at an address."""
    return attempts.filter(device=device) if device else attempts.filter(device="", address=address)


def _newest(attempts: QuerySet[SignIn], *results: SignIn.Result) -> int:
    """The key of the newest of these; 0 for none."""
    return attempts.filter(result__in=results).order_by("-id").values_list("id", flat=True).first() or 0


def _count(attempts: QuerySet[SignIn], result: SignIn.Result, since: int) -> int:
    return attempts.filter(result=result, id__gt=since).count()


def _stored_name(username: str) -> str:
    """The name of somebody we know; of anything else a digest: people type passwords where the name belongs."""
    name = username.strip()
    if User.objects.filter(username=name).exists():
        return name
    return f"{NOBODY} " + hmac.new(settings.SECRET_KEY.encode(), name.encode(), "sha256").hexdigest()[:12]
