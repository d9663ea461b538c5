"""Shifts that were handed over."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F
from typing_extensions import override


class ShiftChange(models.Model):
    """All that one person had, given to another or back to everybody in one act, and whether it was returned later.

    `tickets`, `dangers` (tickets that somebody acknowledged), `talks` (WaitingConversation), `call_backs` and
    `snoozes` are the keys of what went over. They are no foreign keys, so they do not keep a ticket from being
    destroyed when it is due.
    """

    NOTE_LENGTH = 500

    at = models.DateTimeField("zaman")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="devreden"
    )
    giver = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="kimden"
    )
    taker = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="kime",
    )
    note = models.CharField("not", max_length=NOTE_LENGTH, blank=True, default="")
    tickets = ArrayField(models.BigIntegerField(), verbose_name="başvurular", default=list)
    talks = ArrayField(models.BigIntegerField(), verbose_name="görüşmeler", default=list)
    dangers = ArrayField(models.BigIntegerField(), verbose_name="tehlikeler", default=list, db_default=[])
    call_backs = ArrayField(
        models.BigIntegerField(), verbose_name="geri aramalar", default=list, db_default=[]
    )
    snoozes = ArrayField(models.BigIntegerField(), verbose_name="ertelemeler", default=list, db_default=[])
    returned_at = models.DateTimeField("geri verildi", null=True, blank=True)
    returned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="geri veren",
    )

    class Meta:
        verbose_name = "vardiya devri"
        verbose_name_plural = "vardiya devirleri"
        indexes: ClassVar = [models.Index(F("at").desc(), name="shift_change_newest")]

    @override
    def __str__(self) -> str:
        return f"{self.giver}: {self.at}"

    @property
    def count(self) -> int:
        """How many things went over; what is put off is one of them, or waits for nobody."""
        return len({*self.tickets, *self.dangers}) + len(self.talks) + len(self.call_backs)
