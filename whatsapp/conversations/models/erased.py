"""What erasure keeps to know an old delivery again, so that one that is sent once more brings nobody back."""

import hmac
from collections.abc import Iterable
from datetime import timedelta
from hashlib import sha256

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from typing_extensions import override

ERASED = "erased:"
KEPT_FOR = timedelta(days=30)  # Meta tries a delivery again for seven days


def erased_wamid(wamid: str) -> str:
    """What stands in place of the wamid of an erased message. A wamid holds a number beside random characters."""
    return f"{ERASED}{sha256(wamid.encode()).hexdigest()}"


class ErasedWamid(models.Func):
    """`erased_wamid` in the database."""

    template = f"'{ERASED}' || encode(sha256(convert_to(%(expressions)s, 'UTF8')), 'hex')"
    output_field = models.TextField()


class ErasedUpdateQuerySet(models.QuerySet["ErasedUpdate"]):
    def remember(self, digests: Iterable[str]) -> None:
        """Keeps the digests of updates that are erased, and no more those of which Meta has long given up."""
        self.filter(erased_at__lt=Now() - KEPT_FOR).delete()
        secret = _secrets()[0]
        self.bulk_create(
            [ErasedUpdate(digest=_keyed(each, secret)) for each in digests], ignore_conflicts=True
        )

    def among(self, digests: Iterable[str]) -> set[str]:
        """Those of the digests whose updates were erased."""
        keyed = {_keyed(each, secret): each for each in digests for secret in _secrets()}
        known = self.filter(digest__in=list(keyed)).values_list("digest", flat=True) if keyed else ()
        return {keyed[each] for each in known}


class ErasedUpdate(models.Model):
    """The digest of a status or other update that named somebody who was erased: keyed, since some hold little else."""

    digest = models.CharField("özet", max_length=64, unique=True)
    erased_at = models.DateTimeField("silinme", db_default=Now())

    objects = ErasedUpdateQuerySet.as_manager()

    class Meta:
        verbose_name = "silinmiş bildirim"
        verbose_name_plural = "silinmiş bildirimler"

    @override
    def __str__(self) -> str:
        return f"Silinmiş {self.pk}"


def _secrets() -> tuple[str, ...]:
    """The one in use first; those before it are still known by what was erased under them (docs/decisions/0021)."""
    return (*settings.ENCRYPTION_KEYS, settings.SECRET_KEY)


def _keyed(digest: str, secret: str) -> str:
    return hmac.new(secret.encode(), digest.encode(), "sha256").hexdigest()
