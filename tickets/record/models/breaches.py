"""Breaches of targets and legal limits."""

from django.db import models
from django.db.models import F
from typing_extensions import override

from departments.models import Department
from tickets.record.models.ticket import Ticket


class Clock(models.TextChoices):
    FIRST_ACTION = "first_action", "İlk işlem hedefi"
    RESOLUTION = "resolution", "Çözüm hedefi"
    LEGAL = "legal", "Yasal süre"


class Stage(models.TextChoices):
    """The stage of a clock: warning (four fifths of a target, or the legal limit's escalation day), or missed."""

    WARNING = "warning", "dolmak üzere"
    BREACH = "breach", "doldu"


class Breach(models.Model):
    """A clock that reached a stage before the work was done: recorded once, whatever happens later.

    `due_at` is the moment that passed, `at` when it was detected, `department` the ticket's department then.
    """

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="breaches", verbose_name="başvuru")
    clock = models.CharField("süre", max_length=12, choices=Clock)
    stage = models.CharField("aşama", max_length=7, choices=Stage)
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="breaches", verbose_name="birim"
    )
    due_at = models.DateTimeField("hedef an")
    at = models.DateTimeField("saptama")

    class Meta:
        verbose_name = "süre aşımı"
        verbose_name_plural = "süre aşımları"
        indexes = [models.Index(F("due_at").desc(), F("id").desc(), name="breach_newest")]
        constraints = [models.UniqueConstraint(name="breach_once", fields=["ticket", "clock", "stage"])]

    @override
    def __str__(self) -> str:
        return f"{self.ticket.number}: {self.get_clock_display()} {self.get_stage_display()}"
