"""The access log: who saw whose data."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from typing_extensions import override


class Access(models.Model):
    """One entry of the access log: who saw what of whom, by which page or endpoint (docs/decisions/0023).

    A trigger refuses every change. `page` is the name of the address and `record` what of it was opened. Lists leave
    one entry for each user, page and hour, and their `at` is the beginning of that hour.
    """

    class What(models.TextChoices):
        SEARCHED = "searched", "Arandı"
        EXPORTED = "exported", "Dışa aktarıldı"
        HELD = "held", "İmha engeli kondu"
        LIFTED = "lifted", "İmha engeli kaldırıldı"
        OPENED = "opened", "Açıldı"
        LISTED = "listed", "Listelendi"
        UNMASKED = "unmasked", "Telefon numarası açıldı"
        RAW = "raw", "Ham mesaj açıldı"
        ORIGINAL = "original", "Fotoğrafın aslı açıldı"
        REVEALED = "revealed", "Gizli dosya açıldı"

    at = models.DateTimeField("zaman")
    what = models.CharField("ne", max_length=8, choices=What)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="kim",
    )
    page = models.CharField("sayfa", max_length=80, blank=True, default="", db_default="")
    record = models.CharField("kayıt", max_length=80, blank=True, default="", db_default="")
    reason = models.CharField("neden", max_length=300, blank=True, default="")
    citizens = ArrayField(models.BigIntegerField(), verbose_name="vatandaşlar", default=list, blank=True)
    tickets = ArrayField(models.CharField(max_length=20), verbose_name="başvurular", default=list, blank=True)

    class Meta:
        verbose_name = "erişim kaydı"
        verbose_name_plural = "erişim kayıtları"
        indexes = [
            models.Index(F("at").desc(), name="access_newest"),
            GinIndex(name="access_of_whom", fields=["tickets", "citizens"]),
        ]
        constraints = [
            models.UniqueConstraint(
                name="access_listed_once", fields=["by", "page", "at"], condition=Q(what="listed")
            )
        ]

    @override
    def __str__(self) -> str:
        return f"Erişim {self.pk}"
