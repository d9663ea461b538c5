"""Which privacy notice each citizen was shown (Law 6698 art. 10): the burden of proof is the municipality's."""

from django.db import models
from typing_extensions import override

from whatsapp.conversations.models.conversations import Conversation


class NoticeVersion(models.Model):
    """A version of the notice: its text in each language, as it was when the first citizen was shown it."""

    version = models.CharField("sürüm", max_length=20, primary_key=True)
    texts = models.JSONField("metinler")
    url = models.TextField("bağlantı")
    first_shown_at = models.DateTimeField("ilk gösterilme")

    class Meta:
        verbose_name = "aydınlatma metni"
        verbose_name_plural = "aydınlatma metinleri"

    @override
    def __str__(self) -> str:
        return f"Sürüm {self.version}"


class ShownNotice(models.Model):
    """That a citizen was shown a version, when, and in which language. Never changed; goes with the citizen."""

    conversation = models.ForeignKey(
        Conversation, models.CASCADE, related_name="notices", verbose_name="konuşma"
    )
    version = models.CharField("sürüm", max_length=20)
    language = models.CharField("dil", max_length=2)
    url = models.TextField("bağlantı", default="", db_default="")
    at = models.DateTimeField("zaman")

    class Meta:
        verbose_name = "gösterilen aydınlatma"
        verbose_name_plural = "gösterilen aydınlatmalar"

    @override
    def __str__(self) -> str:
        return f"Aydınlatma {self.pk}"
