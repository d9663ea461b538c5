"""Citizens."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Now
from typing_extensions import override


class Citizen(models.Model):
    """Somebody who sent a request. An unknown name or phone is NULL: WhatsApp users with a username show no number."""

    name = models.CharField("ad soyad", max_length=200, null=True, blank=True)
    phone = models.CharField("telefon (E.164)", max_length=16, null=True, blank=True, db_index=True)
    created_at = models.DateTimeField("ilk yazışma", db_default=Now(), editable=False)
    # When name and phone were erased; the row stays for statistics.
    forgotten_at = models.DateTimeField("anonimleştirme", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "vatandaş"
        verbose_name_plural = "vatandaşlar"
        indexes = [
            GinIndex(name="citizen_phone_part", fields=["phone"], opclasses=["gin_trgm_ops"]),
            GinIndex(name="citizen_name_part", fields=["name"], opclasses=["gin_trgm_ops"]),
        ]

    @override
    def __str__(self) -> str:
        return self.name or f"Vatandaş {self.pk}"
