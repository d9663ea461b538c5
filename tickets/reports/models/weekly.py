"""Who wants the week by mail."""

from django.conf import settings
from django.db import models
from typing_extensions import override

from departments.common.models.mailed_rows import MailedRow
from departments.models import Department


class WeeklyMail(MailedRow):
    """The head of a department who wants its week by mail, and how far the last one has come.

    `week` is the Monday on which the last mail was due, of the week before.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="kullanıcı"
    )
    department = models.ForeignKey(Department, models.CASCADE, related_name="+", verbose_name="birim")
    week = models.DateField("hafta")

    class Meta:
        verbose_name = "haftalık e-posta"
        verbose_name_plural = "haftalık e-postalar"
        constraints = [models.UniqueConstraint(name="weekly_mail_once", fields=["user", "department"])]

    @override
    def __str__(self) -> str:
        return f"{self.user}: {self.department}"
