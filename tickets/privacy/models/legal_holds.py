"""Legal holds: what keeps data from destruction (KVKK 6698)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from typing_extensions import override

from tickets.record.models.citizen import Citizen
from tickets.record.models.ticket import Ticket


class LegalHold(models.Model):
    """A legal hold: protects the data of a citizen, or of a ticket and its citizen, from destruction until lifted."""

    citizen = models.ForeignKey(
        Citizen, models.PROTECT, null=True, blank=True, related_name="holds", verbose_name="vatandaş"
    )
    ticket = models.ForeignKey(
        Ticket, models.PROTECT, null=True, blank=True, related_name="holds", verbose_name="başvuru"
    )
    reason = models.CharField("neden", max_length=300)
    set_at = models.DateTimeField("konma")
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="koyan"
    )
    lifted_at = models.DateTimeField("kaldırılma", null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="kaldıran",
    )

    class Meta:
        verbose_name = "İmha engeli"
        verbose_name_plural = "İmha engelleri"
        constraints = [
            models.CheckConstraint(
                name="hold_on_one_thing",
                condition=Q(citizen__isnull=True, ticket__isnull=False)
                | Q(citizen__isnull=False, ticket__isnull=True),
            ),
            models.UniqueConstraint(
                name="hold_once",
                fields=["citizen", "ticket"],
                condition=Q(lifted_at__isnull=True),
                nulls_distinct=False,
            ),
        ]

    @override
    def __str__(self) -> str:
        return str(self.ticket or f"Vatandaş {self.citizen_id}")
