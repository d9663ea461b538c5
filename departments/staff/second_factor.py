"""The second factor: a code of the telephone (RFC 6238), or one of ten recovery codes (docs/decisions/0020)."""

import re
import secrets
from base64 import b32encode
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django_otp import verify_token

from departments.organisation.models.departments import Membership
from departments.staff.models import RecoveryCode, Telephone

REQUIRED, OFF = "required", "off"
RECOVERY_CODES = 10
# Letters and digits that nobody takes for one another; twelve of them are 60 bits.
_ALPHABET, _LENGTH = "ABCDEFGHJKMNPQRSTVWXYZ23456789", 12
# A key that was shown and not confirmed is shown again within that time, so that a page may be loaded anew.
SHOWN_FOR = timedelta(hours=1)


def is_enrolled(user: User) -> bool:
    """Whether somebody has connected a telephone."""
    return _telephone(user) is not None


def is_obliged(user: User) -> bool:
    """Whether somebody must connect one: by the setting, whoever may see personal data, and every role may."""
    if settings.SECOND_FACTOR != REQUIRED:
        return False
    return user.is_superuser or Membership.objects.filter(user=user).exists()


def is_asked_of(user: User) -> bool:
    """Whether somebody gives a code at each sign-in."""
    return settings.SECOND_FACTOR != OFF and is_enrolled(user)


def offered(user: User, shown: int | None = None) -> Telephone:
    """A key to connect a telephone with: the one of the device `shown` before in this session, if that is not long ago.
    No two sessions are shown the same: somebody else with the password would have it, too, and nobody would notice.
    """
    unconfirmed = Telephone.objects.filter(user=user, confirmed=False)
    unconfirmed.filter(created_at__lte=timezone.now() - SHOWN_FOR).delete()
    recent = unconfirmed.filter(pk=shown).first() if shown else None
    return recent or Telephone.objects.create(user=user, name="telefon", key="", confirmed=False)


def is_connected(user: User, shown: int | None) -> bool:
    """Whether the device `shown` before in this session is their telephone by now."""
    return Telephone.objects.filter(user=user, confirmed=True, pk=shown).exists()


def key_in_groups(device: Telephone) -> str:
    """The key as one types it into a telephone whose camera does not work: groups of four."""
    key = b32encode(device.bin_key).decode().rstrip("=")
    return " ".join(re.findall(".{1,4}", key))


def confirm(user: User, code: str, shown: int | None) -> list[str] | None:
    """Connects the telephone with the key of the device `shown` if it shows `code`, in place of the one before.

    Returns new recovery codes, to be shown once; None for a wrong code.
    """
    device = offered(user, shown)
    if not verify_token(user, device.persistent_id, _digits(code)):
        return None
    with transaction.atomic():
        Telephone.objects.filter(user=user).exclude(pk=device.pk).delete()
        Telephone.objects.filter(pk=device.pk).update(confirmed=True)
        return new_recovery_codes(user)


def verify(user: User, code: str) -> bool:
    """Whether it is the telephone's code, each of which counts once, or an unused recovery code, which it uses up.

    Raises UnreadableSecretError.
    """
    device = _telephone(user)
    if device is None:
        return False
    if len(_digits(code)) == device.digits and not re.search("[A-Za-z]", code):
        return verify_token(user, device.persistent_id, _digits(code)) is not None
    used, _ = RecoveryCode.objects.filter(user=user, digest=_digest(user, code)).delete()
    return bool(used)


def new_recovery_codes(user: User) -> list[str]:
    """Ten new codes in groups of four, in place of those before."""
    codes = ["".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH)) for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.filter(user=user).delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=_digest(user, code)) for code in codes)
    return ["-".join(re.findall("....", code)) for code in codes]


def reset(user: User) -> None:
    """Forgets telephone and codes: whoever must have them connects one at the next sign-in."""
    Telephone.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()


def enrolled_since(user: User) -> datetime | None:
    """Since when the telephone is connected; None without one."""
    device = _telephone(user)
    return device.created_at if device else None


def _telephone(user: User) -> Telephone | None:
    return Telephone.objects.filter(user=user, confirmed=True).first()


def _digits(code: str) -> str:
    return re.sub(r"[^0-9]", "", code)


def _digest(user: User, code: str) -> str:
    plain = re.sub(r"[^0-9A-Z]", "", code.upper())
    return salted_hmac(f"recovery code of {user.pk}", plain, algorithm="sha256").hexdigest()
