"""Telephone calls of staff to citizens, and whom they are to call again."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from typing_extensions import override

from tickets.record.models.citizen import Citizen
from tickets.record.models.ticket import Ticket


class PhoneCall(models.Model):
    """A call of staff to a citizen, and whether they were reached."""

    class Result(models.TextChoices):
        TALKED = "talked", "Konuştum"
        UNREACHED = "unreached", "Ulaşamadım"
        BUSY = "busy", "Meşgul"

    LENGTH = 500

    citizen = models.ForeignKey(Citizen, models.PROTECT, related_name="phone_calls", verbose_name="vatandaş")
    ticket = models.ForeignKey(
        Ticket, models.SET_NULL, null=True, blank=True, related_name="phone_calls", verbose_name="başvuru"
    )
    result = models.CharField("sonuç", max_length=9, choices=Result)
    note = models.CharField("not", max_length=LENGTH, blank=True, default="")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="arayan")
    at = models.DateTimeField("zaman")

    class Meta:
        verbose_name = "telefon görüşmesi"
        verbose_name_plural = "telefon görüşmeleri"

    @override
    def __str__(self) -> str:
        return f"{self.get_result_display()} {self.pk}"


class CallBack(models.Model):
    """A citizen is to be called (again) at a time, by somebody or by whoever is free. The next call ends it."""

    citizen = models.ForeignKey(Citizen, models.CASCADE, related_name="call_backs", verbose_name="vatandaş")
    ticket = models.ForeignKey(
        Ticket, models.SET_NULL, null=True, blank=True, related_name="call_backs", verbose_name="başvuru"
    )
    due_at = models.DateTimeField("aranacağı zaman")
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="arayacak",
    )
    created_at = models.DateTimeField("konma")
    ended_at = models.DateTimeField("bitti", null=True, blank=True)

    class Meta:
        verbose_name = "geri arama"
        verbose_name_plural = "geri aramalar"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="call_back_once", fields=["citizen"], condition=Q(ended_at__isnull=True)
            ),
        ]
        indexes: ClassVar = [
            models.Index("due_at", name="call_back_due", condition=Q(ended_at__isnull=True)),
        ]

    @override
    def __str__(self) -> str:
        return f"Geri arama {self.pk}"
