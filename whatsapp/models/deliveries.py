"""What Meta delivered: the bodies as they came, and what in them is neither a message nor a status."""

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from typing_extensions import override

from whatsapp.graph.payloads import names_in


class InboundDeliveryQuerySet(models.QuerySet["InboundDelivery"]):
    def keep(self, body: bytes, now: datetime) -> "InboundDelivery":
        """Stores a body as it came: one INSERT, whatever is in it."""
        return self.create(body=body, names=names_in(body), received_at=now)

    def unread_with(self, names: Iterable[str]) -> bool:
        """Whether a delivery that is not taken in yet names one of these people, or one of our messages."""
        return self.filter(state=InboundDelivery.State.NEW, names__overlap=list(names)).exists()


class InboundDelivery(models.Model):
    """One signed POST of Meta, byte for byte: the only copy, since Meta replays nothing."""

    class State(models.TextChoices):
        NEW = "new", "Bekliyor"
        DONE = "done", "İşlendi"
        PARKED = "parked", "Kenara ayrıldı"

    body = models.BinaryField("gövde")
    # Whom and what it names (payloads.names_in), so that it can be waited for before anybody has read it.
    names = ArrayField(models.TextField(), verbose_name="adlar", default=list, blank=True)
    received_at = models.DateTimeField("geliş")
    state = models.CharField("durum", max_length=8, choices=State, default=State.NEW)
    attempts = models.PositiveSmallIntegerField("deneme", default=0)
    next_attempt_at = models.DateTimeField("sonraki deneme", null=True, blank=True)
    error = models.TextField("hata", blank=True, default="")
    # Accounting, written when done: updates in the body = rows made + rows recognised as already there.
    updates = models.PositiveIntegerField("güncelleme", null=True)
    created = models.PositiveIntegerField("yeni", null=True)
    duplicates = models.PositiveIntegerField("yineleme", null=True)

    objects = InboundDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = "webhook teslimatı"
        verbose_name_plural = "webhook teslimatları"
        indexes: ClassVar = [
            models.Index(fields=["id"], name="delivery_new", condition=Q(state="new")),
            GinIndex(fields=["names"], name="delivery_names", condition=Q(state="new")),
            models.Index(fields=["id"], name="delivery_parked", condition=Q(state="parked")),
            models.Index(fields=["received_at"], name="delivery_received"),
        ]

    @override
    def __str__(self) -> str:
        return f"Teslimat {self.pk}"


class UnhandledUpdate(models.Model):
    """Any other update of a delivery: account events, errors, what nobody could read. Kept and shown."""

    digest = models.CharField("özet", max_length=64, unique=True)
    delivery = models.ForeignKey(
        InboundDelivery, models.SET_NULL, null=True, related_name="+", verbose_name="teslimat"
    )
    field = models.TextField("konu")
    payload = models.JSONField("ham")
    received_at = models.DateTimeField("geliş")
    error = models.TextField("hata", blank=True, default="")

    class Meta:
        verbose_name = "hesap bildirimi"
        verbose_name_plural = "hesap bildirimleri"

    @override
    def __str__(self) -> str:
        return f"{self.field} {self.pk}"
