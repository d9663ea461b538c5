"""Service for the bulletin: what staff put before first answers for some days (snow, an earthquake, no water).

One is in force at a time. Every process knows it without a query, within seconds of its being set or ended.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from departments.common import cache
from departments.common.bulk_insert import insert_new
from departments.common.cache import RevalidatedCache
from whatsapp.graph.lengths import units
from whatsapp.texts.catalog.descriptions import LANGUAGES
from whatsapp.texts.models.bulletins import Bulletin

LONGEST = timedelta(days=7)
# UTF-16 code units: with the privacy notice and our longest question it fits a message with a button (1024).
TEXT_LIMIT = 450


class InvalidBulletin(ValueError):
    """A bulletin that cannot be set; `faults` says why in Turkish, by field: a language, "ends_at" or ""."""

    def __init__(self, faults: dict[str, str]) -> None:
        super().__init__(" ".join(faults.values()))
        self.faults = faults


def in_force(now: datetime) -> int:
    """The key of the bulletin in force, 0 for none. Without a query."""
    return row.pk if (row := _current(now)) else 0


def text_in(language: str, now: datetime) -> str:
    """The bulletin in force as it is said in that language, '' for none. Without a query."""
    row = _current(now)
    return row.texts()[language] or row.text if row else ""


def active(now: datetime) -> Bulletin | None:
    """The bulletin in force, as it stands in the database."""
    return _active(now).first()


def put_up(*, texts: Mapping[str, str], ends_at: datetime | None, user: User, now: datetime) -> Bulletin:
    """Sets a bulletin, by language, in force from now until `ends_at`. Raises InvalidBulletin."""
    texts = {language: texts.get(language, "").replace("\r\n", "\n").strip() for language in LANGUAGES}
    faults = faults_of(texts, ends_at, now)
    if faults or ends_at is None:
        raise InvalidBulletin(faults)
    row = Bulletin(
        text=texts["tr"], text_en=texts["en"], text_ar=texts["ar"], set_at=now, set_by=user, ends_at=ends_at
    )
    if not insert_new([row]):
        raise InvalidBulletin({"": "Yürürlükte bir duyuru var. Yenisini yazmak için önce onu bitirin."})
    cache.refresh()
    return row


def end(*, bulletin: Bulletin, user: User, now: datetime) -> bool:
    """Ends a bulletin early; False where it had ended already."""
    ended = _active(now).filter(pk=bulletin.pk).update(ended_at=now, ended_by=user)
    cache.refresh()
    return ended == 1


def faults_of(texts: Mapping[str, str], ends_at: datetime | None, now: datetime) -> dict[str, str]:
    """Why a bulletin cannot be set, in Turkish, by field."""
    faults = {
        language: f"En çok {TEXT_LIMIT} birim olabilir; {units(text)} birim yazdınız."
        for language, text in texts.items()
        if units(text) > TEXT_LIMIT
    }
    if not texts.get("tr"):
        faults["tr"] = "Türkçe metni yazın."
    if ends_at is None:
        faults["ends_at"] = "Duyurunun biteceği günü ve saati yazın."
    elif ends_at <= now:
        faults["ends_at"] = "Bitiş, şu andan sonra olmalı."
    elif ends_at > now + LONGEST:
        faults["ends_at"] = f"Bitiş en çok {LONGEST.days} gün sonra olabilir."
    return faults


def _active(now: datetime) -> QuerySet[Bulletin]:
    return Bulletin.objects.filter(Q(ended_at=None) | Q(ended_at__gt=now), set_at__lte=now, ends_at__gt=now)


def _current(now: datetime) -> Bulletin | None:
    row = _newest.get()
    return row if row and row.ended_at is None and now < row.ends_at else None


def _load() -> Bulletin | None:
    return Bulletin.objects.order_by("-set_at", "-id").first()


_newest = RevalidatedCache(_load)
