"""Stored monthly reports."""

from django.db import models
from typing_extensions import override

from departments.common.models.mailed_rows import MailedRow
from departments.models import Department


class MonthlyReport(MailedRow):
    """The values of a monthly report as of the month's end, so that it never changes afterwards.

    `month` is its first day; without a department it is the mayor's, of the whole municipality. `figures` are those of
    `reports.monthly`.
    """

    month = models.DateField("ay")
    department = models.ForeignKey(
        Department,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="monthly_reports",
        verbose_name="birim",
    )
    figures = models.JSONField("sayılar")
    made_at = models.DateTimeField("hazırlanma")

    class Meta:
        verbose_name = "aylık rapor"
        verbose_name_plural = "aylık raporlar"
        constraints = [
            models.UniqueConstraint(
                name="monthly_report_once", fields=["month", "department"], nulls_distinct=False
            )
        ]

    @override
    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.department or 'belediye geneli'}"
