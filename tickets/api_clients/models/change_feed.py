"""What the change feed (tickets/rest_api/change_feed.py) tells beside the tickets' rows. Only triggers write it."""

from django.conf import settings
from django.db import models
from typing_extensions import override


class TicketChange(models.Model):
    """Something that other systems are to hear of a ticket and that its row does not say.

    That somebody may have lost sight of it (`lost`: it was deleted, or what decides who sees it changed; the columns
    are the ticket's as they were), that a breach of it was recorded, or that the citizen's name or number changed
    (`of_citizen`: of all their tickets). `changed_in` is the transaction, as Ticket.changed_in. The ticket may be gone.
    """

    changed_in = models.BigIntegerField("işlem no")
    at = models.DateTimeField("zaman")
    ticket_key = models.BigIntegerField("başvuru", null=True)
    number = models.CharField("başvuru no", max_length=20, blank=True, default="")
    of_citizen = models.BigIntegerField("vatandaş", null=True)
    lost = models.BooleanField("görünmez olmuş olabilir", default=False)
    department = models.ForeignKey(
        "departments.Department",
        models.DO_NOTHING,
        null=True,
        related_name="+",
        verbose_name="birim",
        db_constraint=False,
        db_index=False,
    )
    category = models.ForeignKey(
        "departments.Category",
        models.DO_NOTHING,
        null=True,
        related_name="+",
        verbose_name="konu",
        db_constraint=False,
        db_index=False,
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        null=True,
        related_name="+",
        verbose_name="sorumlu",
        db_constraint=False,
        db_index=False,
    )
    restricted = models.BooleanField("gizli", default=False)
    danger = models.CharField("tehlike", max_length=20, blank=True, default="")
    danger_unsure = models.BooleanField("tehlike belirsiz", default=False)

    class Meta:
        verbose_name = "duyurulacak değişiklik"
        verbose_name_plural = "duyurulacak değişiklikler"
        indexes = [models.Index(fields=["changed_in", "ticket_key"], name="change_next")]

    @override
    def __str__(self) -> str:
        return f"{self.number or self.ticket_key or self.of_citizen}: {self.changed_in}"


class FeedEpoch(models.Model):
    """Since when the numbers of transactions mean what they say: one row.

    They are of one database cluster (`cluster`). A database that was restored into another begins a new `epoch`, and
    cursors of the one before are refused. What TicketChange had up to `forgotten_to` is deleted.
    """

    epoch = models.CharField("çağ", max_length=32)
    cluster = models.BigIntegerField("veritabanı kümesi")
    forgotten_to = models.BigIntegerField("silinenlerin sonu", default=0)

    class Meta:
        verbose_name = "değişiklik akışının çağı"
        verbose_name_plural = "değişiklik akışının çağları"

    @override
    def __str__(self) -> str:
        return self.epoch
