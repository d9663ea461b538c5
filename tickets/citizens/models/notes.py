"""What staff note of a citizen beside their tickets, each for a purpose (KVKK)."""

from django.conf import settings
from django.db import models
from typing_extensions import override

from tickets.record.models.citizen import Citizen


class CitizenNote(models.Model):
    """What colleagues need to know of a person. The law asks for what purpose it is kept (KVKK art. 4)."""

    class Purpose(models.TextChoices):
        ACCESS = "access", "Erişim ihtiyacı (işitme, görme, hareket)"
        LANGUAGE = "language", "Dil, tercüman"
        CONTACT = "contact", "Nasıl ulaşılmak istiyor"
        SAFETY = "safety", "Giden ekibin güvenliği"

    LENGTH = 500

    citizen = models.ForeignKey(Citizen, models.CASCADE, related_name="notes", verbose_name="vatandaş")
    purpose = models.CharField("amaç", max_length=8, choices=Purpose)
    text = models.CharField("not", max_length=LENGTH)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="yazan")
    at = models.DateTimeField("zaman")

    class Meta:
        verbose_name = "kişi notu"
        verbose_name_plural = "kişi notları"

    @override
    def __str__(self) -> str:
        return f"Kişi notu {self.pk}"
