"""Large files that were asked for over the REST API (docs/decisions/0040)."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from typing_extensions import override


class Export(models.Model):
    """One file, from the request for it until it is deleted; `key` is empty where a session asked.

    `tickets` are the keys of those in it. `due_at`: when a worker may begin with it; while it is being made, when the
    worker counts as dead. `reason` says in Turkish why there is no file.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Sırada"
        MAKING = "making", "Hazırlanıyor"
        DONE = "done", "Hazır"
        FAILED = "failed", "Hazırlanamadı"
        GONE = "gone", "Silindi"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="kim")
    key = models.ForeignKey(
        "tickets.ApiKey", models.SET_NULL, null=True, related_name="+", verbose_name="API anahtarı"
    )
    query = models.TextField("süzgeç", blank=True, default="")
    form = models.CharField("biçim", max_length=4)
    state = models.CharField("durum", max_length=7, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField("deneme", default=0)
    due_at = models.DateTimeField("sıradaki deneme")
    tickets = ArrayField(models.BigIntegerField(), verbose_name="başvurular", default=list, blank=True)
    file = models.CharField("dosya", max_length=100, blank=True, default="")
    reason = models.CharField("neden", max_length=200, blank=True, default="")
    created_at = models.DateTimeField("istendi")
    expires_at = models.DateTimeField("silinme")

    OPEN = (State.WAITING, State.MAKING)

    class Meta:
        verbose_name = "dışa aktarma"
        verbose_name_plural = "dışa aktarmalar"
        indexes = [
            models.Index("due_at", name="export_due", condition=models.Q(state__in=("waiting", "making")))
        ]

    @override
    def __str__(self) -> str:
        return f"Dosya {self.pk}"
