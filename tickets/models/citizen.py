"""Who wrote to us."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Now
from typing_extensions import override


class Citizen(models.Model):
    """Somebody who wrote to us. Unknown name or phone is NULL: people with only a username show us no number."""

    name = models.CharField("ad soyad", max_length=200, null=True, blank=True)
    phone = models.CharField("telefon (E.164)", max_length=16, null=True, blank=True, db_index=True)
    created_at = models.DateTimeField("ilk yazışma", db_default=Now(), editable=False)
    # Nothing is known of them any more; the row stays for what is counted by it.
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
