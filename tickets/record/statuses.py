"""The statuses of a ticket and how it may end, with the names that staff read. Pure.

What citizens read of a status: whatsapp/texts/catalog. Which status may follow which: workflow.py.
"""

from django.db.models import TextChoices


class Status(TextChoices):
    NEW = "NEW", "Alındı"
    ASSIGNED = "ASSIGNED", "Birime iletildi"
    IN_PROGRESS = "IN_PROGRESS", "İşlemde"
    PLANNED = "PLANNED", "Programa alındı"
    WAITING = "WAITING", "Vatandaştan cevap bekleniyor"
    REVIEW = "REVIEW", "Cevap onayında"
    RESOLVED = "RESOLVED", "Çözüldü"
    REJECTED = "REJECTED", "Karşılanamadı"
    REDIRECTED = "REDIRECTED", "İlgili kuruma yönlendirildi"
    DUPLICATE = "DUPLICATE", "Mükerrer"
    CANCELLED = "CANCELLED", "İptal edildi"
    CLOSED = "CLOSED", "Kapandı"


class Outcome(TextChoices):
    """How a ticket ended. It outlives the status: a closed ticket keeps its outcome until it is reopened."""

    RESOLVED = "RESOLVED", "Çözüldü"
    REJECTED = "REJECTED", "Karşılanamadı"
    REDIRECTED = "REDIRECTED", "İlgili kuruma yönlendirildi"
    DUPLICATE = "DUPLICATE", "Mükerrer"
    CANCELLED = "CANCELLED", "İptal edildi"


UNRESOLVED = tuple(outcome for outcome in Outcome if outcome is not Outcome.RESOLVED)
SETTLED = (Status.RESOLVED, Status.REJECTED, Status.REDIRECTED, Status.DUPLICATE)
ENDED = (*SETTLED, Status.CANCELLED, Status.CLOSED)
