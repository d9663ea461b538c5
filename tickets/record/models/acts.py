"""What staff did in the last seconds, and what it changed, so that they can take it back."""

from django.conf import settings
from django.db import models
from django.db.models import F, Value
from typing_extensions import override

from tickets.record.models.ticket import Ticket


class Act(models.Model):
    """One act of somebody of the staff; on several tickets if it was done on a selection.

    What it tells leaves no earlier than `undo_until`. The row lives for a minute: the timeline says what was done.
    `newest_entries` has for each part the key of the newest entry of any timeline when that part was done. What is
    newer was written since, whether or not the act itself wrote an entry.
    """

    name = models.CharField("işlem", max_length=20)
    title = models.CharField("başlık", max_length=200)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="yapan")
    ticket = models.ForeignKey(
        Ticket, models.CASCADE, null=True, blank=True, related_name="+", verbose_name="başvuru"
    )
    at = models.DateTimeField("zaman")
    undo_until = models.DateTimeField("geri alma süresi", db_index=True)
    newest_entries = models.JSONField("son kayıtlar", default=list, db_default=Value([], models.JSONField()))
    taken_back_at = models.DateTimeField("geri alındı", null=True, blank=True)

    class Meta:
        verbose_name = "geri alınabilir işlem"
        verbose_name_plural = "geri alınabilir işlemler"
        indexes = [models.Index("user", F("id").desc(), name="act_of_user")]

    @override
    def __str__(self) -> str:
        return self.title


class ActChange(models.Model):
    """One row that an act wrote, kept by the trigger `journal` of its table.

    `before` and `after` are the columns that differ. Of a row that it inserted there is no `before`, of one that it
    deleted no `after`. `part` counts what was done to each ticket of a selection.
    """

    act = models.ForeignKey(Act, models.CASCADE, related_name="changes", verbose_name="işlem")
    table = models.CharField("tablo", max_length=63)
    key = models.CharField("satır", max_length=40)
    part = models.PositiveSmallIntegerField("parça", default=0, db_default=0)
    before = models.JSONField("önce", null=True)
    after = models.JSONField("sonra", null=True)

    class Meta:
        verbose_name = "işlemin değiştirdiği satır"
        verbose_name_plural = "işlemin değiştirdiği satırlar"

    @override
    def __str__(self) -> str:
        return f"{self.table} {self.key}"
