"""Files that staff import: checked, shown and applied by a worker."""

from django.conf import settings
from django.db import models
from typing_extensions import override


class ImportJob(models.Model):
    """One file for one table, from its upload to its end. The file goes when it is over, the row after a day."""

    class State(models.TextChoices):
        WAITING = "waiting", "Sırada"
        CHECKING = "checking", "Denetleniyor"
        CHECKED = "checked", "Onayınızı bekliyor"
        CONFIRMED = "confirmed", "Sırada"
        APPLYING = "applying", "Alınıyor"
        DONE = "done", "Alındı"
        REFUSED = "refused", "Alınmadı"
        CANCELLED = "cancelled", "İptal edildi"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="kim")
    table = models.CharField("tablo", max_length=100)
    name = models.CharField("dosya", max_length=200)
    form = models.CharField("biçim", max_length=4)
    content = models.BinaryField("içerik")
    state = models.CharField("durum", max_length=9, choices=State, default=State.WAITING)
    rows = models.PositiveIntegerField("satır", null=True)
    done = models.PositiveIntegerField("işlenen", default=0)
    totals = models.JSONField("sayılar", default=dict)
    changes = models.JSONField("değişecekler", default=list)
    errors = models.JSONField("hatalar", default=list)  # line or None, column or "", cause
    created_at = models.DateTimeField("yüklenme")
    beat_at = models.DateTimeField("son hareket", null=True)

    RUNNING = (State.CHECKING, State.APPLYING)
    OPEN = (State.WAITING, State.CHECKING, State.CHECKED, State.CONFIRMED, State.APPLYING)

    class Meta:
        verbose_name = "dosyadan alma"
        verbose_name_plural = "dosyadan almalar"
        indexes = [
            models.Index("id", name="import_job_due", condition=models.Q(state__in=("waiting", "confirmed")))
        ]

    @override
    def __str__(self) -> str:
        return f"{self.table} {self.pk}"

    @property
    def moves(self) -> bool:
        """Whether something goes on without its user."""
        return self.state in self.OPEN and self.state != self.State.CHECKED
