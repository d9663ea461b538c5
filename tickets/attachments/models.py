"""Files that are to be deleted."""

from django.db import models
from typing_extensions import override


class PendingFileDeletion(models.Model):
    """A file to delete that no row refers to any more; written in the transaction that removed the reference."""

    name = models.TextField("dosya")
    at = models.DateTimeField("zaman")

    class Meta:
        verbose_name = "silinecek dosya"
        verbose_name_plural = "silinecek dosyalar"

    @override
    def __str__(self) -> str:
        return f"Dosya {self.pk}"
