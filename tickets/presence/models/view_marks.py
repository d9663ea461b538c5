"""Who has read a ticket, who has its page open, or the talk with a citizen."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from typing_extensions import override

from tickets.record.models.citizen import Citizen
from tickets.record.models.ticket import Ticket


class ViewMark(models.Model):
    """When a user last read a ticket, and whether they have its page open: one row for each ticket and user.

    It counts as open until `open_until`, which the open page keeps extending.
    """

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="view_marks", verbose_name="başvuru")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="kullanıcı"
    )
    read_at = models.DateTimeField("okundu")
    open_until = models.DateTimeField("açık sayılma süresi")

    class Meta:
        verbose_name = "okuma"
        verbose_name_plural = "okumalar"
        constraints = [models.UniqueConstraint(name="reading_once", fields=["ticket", "user"])]
        indexes = [models.Index("open_until", name="reading_open")]

    @override
    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.user_id}"


class ConversationViewer(models.Model):
    """Who has the talk with a citizen open, and is writing to them; one row for each citizen and user, swept daily."""

    citizen = models.ForeignKey(Citizen, models.CASCADE, related_name="+", verbose_name="vatandaş")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="kullanıcı"
    )
    open_until = models.DateTimeField("açık sayılma süresi")
    writing_until = models.DateTimeField("yazıyor sayılma süresi", null=True, blank=True)

    class Meta:
        db_table = "tickets_talkpresence"
        verbose_name = "açık görüşme"
        verbose_name_plural = "açık görüşmeler"
        constraints: ClassVar = [models.UniqueConstraint(name="talk_open_once", fields=["citizen", "user"])]
        indexes: ClassVar = [models.Index("open_until", name="talk_open")]

    @override
    def __str__(self) -> str:
        return f"{self.citizen_id}: {self.user_id}"
