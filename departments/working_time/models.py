"""Working hours of weekdays, and special days."""

from datetime import time

from django.db import models
from django.db.models import F, Q
from typing_extensions import override

from departments.organisation.models.departments import Department


class Weekday(models.IntegerChoices):
    MONDAY = 0, "Pazartesi"
    TUESDAY = 1, "Salı"
    WEDNESDAY = 2, "Çarşamba"
    THURSDAY = 3, "Perşembe"
    FRIDAY = 4, "Cuma"
    SATURDAY = 5, "Cumartesi"
    SUNDAY = 6, "Pazar"


class WorkingHours(models.Model):
    """One shift of a weekday in Europe/Istanbul: of one department, or of all that have no hours of their own."""

    department = models.ForeignKey(
        Department,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="working_hours",
        verbose_name="müdürlük",
        help_text="Boşsa kendi saati olmayan bütün müdürlükler için geçerlidir.",
    )
    weekday = models.PositiveSmallIntegerField("gün", choices=Weekday)
    opens = models.TimeField("başlangıç")
    closes = models.TimeField("bitiş", help_text="Aynı gün içinde; gece yarısı için 23:59.")
    updated_at = models.DateTimeField("güncellenme", auto_now=True)

    class Meta:
        verbose_name = "çalışma saati"
        verbose_name_plural = "çalışma saatleri"
        constraints = [
            models.CheckConstraint(
                name="hours_open_before_they_close",
                condition=Q(opens__lt=F("closes")),
                violation_error_message="Bitiş başlangıçtan sonra olmalıdır.",
            )
        ]

    @override
    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H.%M}–{self.closes:%H.%M}"


class SpecialDay(models.Model):
    """A day with its own hours (administrative leave, a Saturday worked): closed, or open during the hours given.

    It outweighs weekday and public holiday; a department's own outweighs the municipality's.
    """

    department = models.ForeignKey(
        Department,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="special_days",
        verbose_name="müdürlük",
        help_text="Boşsa bütün müdürlükler için geçerlidir.",
    )
    day = models.DateField("gün")
    name = models.CharField("ad", max_length=100, help_text="Örneğin: idari izin.")
    opens = models.TimeField("başlangıç", null=True, blank=True, help_text="Saatler boşsa o gün çalışılmaz.")
    closes = models.TimeField("bitiş", null=True, blank=True)
    updated_at = models.DateTimeField("güncellenme", auto_now=True)

    class Meta:
        verbose_name = "özel gün"
        verbose_name_plural = "özel günler"
        constraints = [
            models.UniqueConstraint(
                name="special_day_once",
                fields=["department", "day"],
                nulls_distinct=False,
                violation_error_message="Bu gün zaten girilmiş.",
            ),
            models.CheckConstraint(
                name="special_day_closed_or_open",
                condition=Q(opens__isnull=True, closes__isnull=True)
                | Q(opens__isnull=False, closes__isnull=False, opens__lt=F("closes")),
                violation_error_message="İki saati de boş bırakın ya da bitişi başlangıçtan sonra girin.",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.day:%d.%m.%Y} {self.name}"

    @property
    def shifts(self) -> tuple[tuple[time, time], ...]:
        """The shifts of that day; empty when closed."""
        return () if self.opens is None or self.closes is None else ((self.opens, self.closes),)
