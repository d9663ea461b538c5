"""How the line itself is doing."""

from django.db import models
from typing_extensions import override


class ChannelState(models.Model):
    """How our number is doing, one row a number: what staff see, and the pace that all senders share."""

    class State(models.TextChoices):
        WORKING = "working", "Çalışıyor"
        THROTTLED = "throttled", "Yavaşlatıldı"
        STOPPED = "stopped", "Durdu"

    phone_number_id = models.TextField("numara kimliği", unique=True)
    state = models.CharField("durum", max_length=10, choices=State, default=State.WORKING)
    reason = models.TextField("neden", blank=True, default="")
    since = models.DateTimeField("başlangıç", null=True, blank=True)
    # Not before this moment; a stopped channel tries one message then, to see whether it works again.
    resume_at = models.DateTimeField("yeniden deneme", null=True, blank=True)
    paced_until = models.DateTimeField("hız sınırı", null=True, blank=True)
    # Requests to the webhook that another app secret signed: the last one, and the first since a correctly signed one.
    unsigned_at = models.DateTimeField("imzası tutmayan son istek", null=True, blank=True, editable=False)
    unsigned_since = models.DateTimeField("imzası tutmayan ilk istek", null=True, blank=True, editable=False)
    # Somebody is sending and has this lease; whoever renews it compares it with the value that they set.
    dispatcher_until = models.DateTimeField("gönderen çalışıyor", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "kanal durumu"
        verbose_name_plural = "kanal durumu"

    @override
    def __str__(self) -> str:
        return self.get_state_display()
