"""Messages that Meta is to be told were read."""

from django.db import models
from typing_extensions import override

from whatsapp.conversations.models.conversations import Conversation


class ReadReceipt(models.Model):
    """The newest message of a talk that a turn has taken, until its citizen is shown that: seconds, or not at all."""

    conversation = models.OneToOneField(Conversation, models.CASCADE, primary_key=True, related_name="+")
    wamid = models.TextField("wamid")
    # Whether an answer follows, so that the line is shown writing.
    typing = models.BooleanField("yazıyor")
    taken_at = models.DateTimeField("ele alınma")

    class Meta:
        verbose_name = "okundu işareti"
        verbose_name_plural = "okundu işaretleri"

    @override
    def __str__(self) -> str:
        return f"Okundu {self.pk}"
