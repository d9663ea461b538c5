"""Models for the law on personal data (KVKK 6698): retention periods, legal holds, destruction log, access log."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from typing_extensions import override

from tickets.models.citizen import Citizen
from tickets.models.ticket import Ticket
from tickets.retention_periods import CHATTER, IDENTITY, LEAST, MEDIA, MOST, OUTBOX, RAW, REQUESTS


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
        help_text="En az 14 gün.",
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


class LegalHold(models.Model):
    """A legal hold: protects the data of a citizen, or of a ticket and its citizen, from destruction until lifted."""

    citizen = models.ForeignKey(
        Citizen, models.PROTECT, null=True, blank=True, related_name="holds", verbose_name="vatandaş"
    )
    ticket = models.ForeignKey(
        Ticket, models.PROTECT, null=True, blank=True, related_name="holds", verbose_name="başvuru"
    )
    reason = models.CharField("neden", max_length=300)
    set_at = models.DateTimeField("konma")
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="koyan"
    )
    lifted_at = models.DateTimeField("kaldırılma", null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="kaldıran",
    )

    class Meta:
        verbose_name = "İmha engeli"
        verbose_name_plural = "İmha engelleri"
        constraints = [
            models.CheckConstraint(
                name="hold_on_one_thing",
                condition=Q(citizen__isnull=True, ticket__isnull=False)
                | Q(citizen__isnull=False, ticket__isnull=True),
            ),
            models.UniqueConstraint(
                name="hold_once",
                fields=["citizen", "ticket"],
                condition=Q(lifted_at__isnull=True),
                nulls_distinct=False,
            ),
        ]

    @override
    def __str__(self) -> str:
        return str(self.ticket or f"Vatandaş {self.citizen_id}")


class Destruction(models.Model):
    """One entry of the destruction log: kinds and counts of what was destroyed, and why; never its contents.

    A trigger refuses every change. `rule` is the kind of a `Retention`, or empty where somebody asked for it;
    `tickets` are their numbers then, which identify nobody any more.
    """

    at = models.DateTimeField("zaman")
    rule = models.CharField("süre", max_length=8, choices=Retention.Kind, blank=True, default="")
    before = models.DateTimeField("şundan eskiler", null=True, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="yapan",
    )
    reason = models.CharField("neden", max_length=300, blank=True, default="")
    tickets = ArrayField(models.CharField(max_length=20), verbose_name="başvurular", default=list, blank=True)
    counts = models.JSONField("İmha edilenler")

    class Meta:
        verbose_name = "İmha kaydı"
        verbose_name_plural = "İmha kayıtları"
        indexes = [models.Index(F("at").desc(), name="destruction_newest")]

    @override
    def __str__(self) -> str:
        return f"İmha {self.pk}"


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


class PendingFileDeletion(models.Model):
    """A file to delete that no row refers to any more; written in the transaction that removed the reference."""

    name = models.TextField("dosya")
    at = models.DateTimeField("zaman")

    class Meta:
        verbose_name = "silinecek dosya"
        verbose_name_plural = "silinecek dosyalar"

    @override
    def __str__(self) -> str:
        return f"Dosya {self.pk}"
