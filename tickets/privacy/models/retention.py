"""How long each kind of data is kept (KVKK 6698)."""

from datetime import datetime, timedelta

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from typing_extensions import override

from departments.common.retention_periods import CHATTER, IDENTITY, LEAST, MEDIA, MOST, OUTBOX, RAW, REQUESTS


class Retention(models.Model):
    """The retention period of one kind of data in days. A kind without a row has its days from DEFAULTS."""

    class Kind(models.TextChoices):
        RAW = "raw", "WhatsApp’tan gelen ham kayıtlar"
        OUTBOX = "outbox", "Giden mesajların gönderildiği biçim"
        CHATTER = "chatter", "Başvuruya dönüşmeyen yazışma"
        MEDIA = "media", "Fotoğraf, ses ve dosyalar"
        IDENTITY = "identity", "Kimlik, metin ve konum"
        REQUESTS = "requests", "Kapanmış kişisel veri talepleri"

    DEFAULTS = {
        Kind.RAW: RAW,
        Kind.OUTBOX: OUTBOX,
        Kind.CHATTER: CHATTER,
        Kind.MEDIA: MEDIA,
        Kind.IDENTITY: IDENTITY,
        Kind.REQUESTS: REQUESTS,
    }

    kind = models.CharField("veri", max_length=8, choices=Kind, primary_key=True)
    days = models.PositiveIntegerField(
        "gün",
        validators=[MinValueValidator(LEAST), MaxValueValidator(MOST)],
        help_text=f"En az {LEAST} gün.",
    )

    class Meta:
        verbose_name = "saklama süresi"
        verbose_name_plural = "saklama süreleri"

    @override
    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.days} gün"

    @classmethod
    def limits(cls, now: datetime) -> dict[str, datetime]:
        """By kind, the moment before which data has to be destroyed."""
        days = cls.DEFAULTS | dict(cls.objects.values_list("kind", "days"))
        return {str(kind): now - timedelta(days=count) for kind, count in days.items()}
