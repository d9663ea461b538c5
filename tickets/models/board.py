"""Models of the supervisors' board: who is at their desk, shifts handed over, wall screens."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F
from typing_extensions import override


class Presence(models.Model):
    """What somebody says of themselves: at their desk, on a break, gone. Without a row they have not said anything.

    When they last did something is not kept here but with their sessions (departments.StaffSession).
    """

    class State(models.TextChoices):
        HERE = "here", "Burada"
        BREAK = "break", "Molada"
        GONE = "gone", "Çıktı"

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        primary_key=True,
        related_name="presence",
        verbose_name="kullanıcı",
    )
    state = models.CharField("hâli", max_length=5, choices=State)
    since = models.DateTimeField("ne zamandan beri")

    class Meta:
        verbose_name = "hazır bulunma"
        verbose_name_plural = "hazır bulunanlar"

    @override
    def __str__(self) -> str:
        return f"{self.user}: {self.get_state_display()}"


class ShiftChange(models.Model):
    """All that one person had, given to another or back to everybody in one act, and whether it was returned later.

    `tickets`, `dangers` (tickets that somebody claimed), `talks` (Handover), `call_backs` and `snoozes` are the keys of
    what went over. They are no foreign keys: nothing of this keeps a
    ticket from being destroyed when it is due.
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


class WallScreen(models.Model):
    """A screen on the wall that shows figures of the board without anybody signed in, until it is revoked.

    Of its key only a hash is kept, as of an API key, and its first characters, to tell it by.
    """

    name = models.CharField("nerede", max_length=80)
    prefix = models.CharField("başı", max_length=16, editable=False)
    digest = models.CharField("özet", max_length=64, unique=True, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="açan", editable=False
    )
    made_at = models.DateTimeField("açıldı", editable=False)
    last_seen_at = models.DateTimeField("son görülme", null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField("kapatıldı", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "duvar ekranı"
        verbose_name_plural = "duvar ekranları"

    @override
    def __str__(self) -> str:
        return self.name
