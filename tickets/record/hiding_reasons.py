"""Why a file is hidden from all but the personal-data officer."""

from django.db.models import TextChoices


class HidingReason(TextChoices):
    PERSONAL = "personal", "Kişisel veri"
    MISTAKE = "mistake", "Yanlışlıkla gönderildi"
