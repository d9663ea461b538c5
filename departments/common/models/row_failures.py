"""Rows that a periodic task could not process."""

from django.db import models
from typing_extensions import override


class RowWork(models.TextChoices):
    """What periodic tasks do row by row: the value is the label in /metrics, the words are for `doctor`.

    The column has no choices, so that a new one needs no migration.
    """

    RING = "ring", "acil bildirim"
    TELEPHONES = "telephones", "acil telefon çağrısı"
    WARNINGS = "warnings", "ulaşmayan tehlike uyarısı"
    SNOOZES = "snoozes", "ertelenen iş"
    CLOCKS = "clocks", "süre takibi"
    HANDOVERS = "handovers", "bekleyen görüşme"
    BLOCKS = "blocks", "biten engel"
    SCHEDULED = "scheduled", "ileri tarihli cevap"
    CLOSING = "closing", "kendiliğinden kapanma"
    REPORTS = "reports", "aylık rapor"
    KEYS = "keys", "API anahtarı uyarısı"
    LOST_ANSWERS = "lost_answers", "sonucu bilinmeyen mesaj"
    MEDIA = "media", "vatandaşın dosyası"
    UPLOADS = "uploads", "yüklenen dosya"
    EXPORTS = "exports", "dışa aktarılan dosya"
    PARTNERS = "partners", "webhook bildirimi"
    MAIL = "mail", "e-posta"
    FILES = "files", "silinecek dosya"
    RETENTION = "retention", "süresi dolan kayıt"


# Somebody may be in danger while one of these fails.
OF_DANGER = (RowWork.RING, RowWork.TELEPHONES, RowWork.WARNINGS)


class RowFailure(models.Model):
    """A row that a periodic task fails at since `since`; deleted once it succeeds or is no longer due
    (departments/common/row_by_row.py). It keeps the row's key and the error's type, nothing of its contents.
    """

    work = models.CharField("iş", max_length=20)
    key = models.CharField("kayıt", max_length=80)
    since = models.DateTimeField("ilk hata")
    failed_at = models.DateTimeField("son hata")
    attempts = models.PositiveIntegerField("deneme", default=1)
    error = models.CharField("hata", max_length=80)

    class Meta:
        verbose_name = "işlenemeyen kayıt"
        verbose_name_plural = "işlenemeyen kayıtlar"
        constraints = [models.UniqueConstraint(name="row_failure_once", fields=["work", "key"])]

    @override
    def __str__(self) -> str:
        return f"{self.work} {self.key}"
