"""Signs of life."""

from django.db import models
from typing_extensions import override


class Heartbeat(models.Model):
    """When something that has to happen again and again did last: a worker that took a task, a task that ended well
    (melikgazi/workers/heartbeats.py). `failed_at` is when it last failed.
    """

    name = models.CharField("ad", max_length=80, primary_key=True)
    at = models.DateTimeField("son yaşam belirtisi")
    failed_at = models.DateTimeField("son hata", null=True, blank=True)

    class Meta:
        verbose_name = "yaşam belirtisi"
        verbose_name_plural = "yaşam belirtileri"

    @override
    def __str__(self) -> str:
        return self.name
