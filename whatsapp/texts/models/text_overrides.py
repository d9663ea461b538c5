"""What staff wrote in the place of a shipped sentence. A row less is the shipped sentence again."""

from django.conf import settings
from django.db import models
from typing_extensions import override


class TextOverride(models.Model):
    language = models.CharField("dil", max_length=2)
    key = models.CharField("anahtar", max_length=60)
    text = models.TextField("metin")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="yazan"
    )
    updated_at = models.DateTimeField("güncellenme")

    class Meta:
        verbose_name = "vatandaşa söylenen"
        verbose_name_plural = "vatandaşa söylenenler"
        constraints = [models.UniqueConstraint(name="wording_once", fields=["language", "key"])]

    @override
    def __str__(self) -> str:
        return f"{self.language}: {self.key}"
