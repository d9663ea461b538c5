"""Numbers of tickets, given once each."""

from django.db import models
from typing_extensions import override


class TicketNumber(models.Model):
    """The last number given in a year (Europe/Istanbul). One row a year; numbers are never given twice."""

    year = models.PositiveSmallIntegerField("yıl", primary_key=True)
    last = models.PositiveIntegerField("son sıra")

    class Meta:
        verbose_name = "numara sayacı"
        verbose_name_plural = "numara sayaçları"

    @override
    def __str__(self) -> str:
        return f"{self.year}: {self.last}"
