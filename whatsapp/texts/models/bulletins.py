"""What the line says before its first answer on a day that is not like others."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func
from django.db.models.functions import Coalesce
from typing_extensions import override


class Bulletin(models.Model):
    """A sentence in force from when it was set until `ends_at`, or until somebody ended it. Its words never change. A
    language without a text hears the Turkish one.
    """

    text = models.TextField("Türkçe")
    text_en = models.TextField("İngilizce", blank=True, default="")
    text_ar = models.TextField("Arapça", blank=True, default="")
    set_at = models.DateTimeField("başlangıç")
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="yazan"
    )
    ends_at = models.DateTimeField("bitiş")
    ended_at = models.DateTimeField("erken bitirilme", null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="bitiren",
    )

    class Meta:
        verbose_name = "günün duyurusu"
        verbose_name_plural = "günün duyuruları"
        constraints: ClassVar = [
            ExclusionConstraint(
                name="bulletin_one_at_a_time",
                expressions=[
                    (
                        Func(
                            F("set_at"),
                            Coalesce(F("ended_at"), F("ends_at")),
                            function="tstzrange",
                        ),
                        RangeOperators.OVERLAPS,
                    )
                ],
            )
        ]

    @override
    def __str__(self) -> str:
        return self.text[:60]

    def texts(self) -> dict[str, str]:
        """The text of each language, '' where it has none of its own."""
        return {"tr": self.text, "en": self.text_en, "ar": self.text_ar}
