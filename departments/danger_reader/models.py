"""What staff corrected in the reading of danger."""

from django.conf import settings
from django.db import models
from typing_extensions import override


class DangerCorrection(models.Model):
    """Where staff saw another danger in a report than the reader: a labelled row for its next training.

    It holds no link to the ticket, and the text was anonymised before it was stored (KVKK art. 7).
    """

    class Level(models.TextChoices):
        LIFE = "life", "Can tehlikesi"
        UNSURE = "unsure", "Belirsiz"
        WORK = "work", "Acil iş"
        NONE = "none", "Tehlike değil"

    text = models.TextField("metin")
    said_level = models.CharField("okunan düzey", max_length=6, choices=Level)
    said_kind = models.CharField("okunan tür", max_length=20, blank=True, default="")
    level = models.CharField("doğru düzey", max_length=6, choices=Level)
    kind = models.CharField("doğru tür", max_length=20, blank=True, default="")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="düzelten"
    )
    at = models.DateTimeField("düzeltme", db_index=True)

    class Meta:
        verbose_name = "tehlike düzeltmesi"
        verbose_name_plural = "tehlike düzeltmeleri"

    @override
    def __str__(self) -> str:
        return f"{self.said_kind or self.said_level} → {self.kind or self.level}"
