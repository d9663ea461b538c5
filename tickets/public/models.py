"""What the public page, the open data and Open311 are told, as rows that are written anew every hour."""

from django.db import models
from typing_extensions import override


class PublishedCell(models.Model):
    """A cell of about a hundred metres whose place the public may know: enough people reported something there.

    `y` and `x` are degrees of latitude and longitude in thousandths.
    """

    y = models.IntegerField()
    x = models.IntegerField()

    class Meta:
        verbose_name = "yayımlanan yer"
        verbose_name_plural = "yayımlanan yerler"
        constraints = [models.UniqueConstraint(name="published_cell_once", fields=["y", "x"])]

    @override
    def __str__(self) -> str:
        return f"{self.y / 1000}, {self.x / 1000}"


class PublicFigures(models.Model):
    """The figures of the public page: one row, the last that were counted. See tickets.public.figures."""

    figures = models.JSONField("sayılar")
    made_at = models.DateTimeField("hazırlanma")

    class Meta:
        verbose_name = "kamuya açık sayılar"
        verbose_name_plural = "kamuya açık sayılar"

    @override
    def __str__(self) -> str:
        return f"{self.made_at:%Y-%m-%d %H:%M}"
