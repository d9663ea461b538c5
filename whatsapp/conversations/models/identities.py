"""Under which names WhatsApp knows a citizen."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from typing_extensions import override

from tickets.models import Citizen


class Identity(models.Model):
    """One name under which WhatsApp knows a citizen. A retired one may come back as somebody else."""

    class Kind(models.TextChoices):
        BSUID = "bsuid", "BSUID"
        PARENT_BSUID = "parent_bsuid", "üst BSUID"
        WA_ID = "wa_id", "WhatsApp numarası"

    citizen = models.ForeignKey(Citizen, models.PROTECT, related_name="identities", verbose_name="vatandaş")
    kind = models.CharField("tür", max_length=12, choices=Kind)
    value = models.TextField("değer")
    created_at = models.DateTimeField("ilk görülme")
    retired_at = models.DateTimeField("bırakılma", null=True, blank=True)

    class Meta:
        verbose_name = "WhatsApp kimliği"
        verbose_name_plural = "WhatsApp kimlikleri"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "value"], name="identity_in_use", condition=Q(retired_at=None)
            )
        ]

    @override
    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"
