"""The timeline of a ticket."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from typing_extensions import override

from tickets.record.models.ticket import Ticket
from tickets.record.statuses import ENDED, Status
from tickets.record.workflow import ActorKind


class TicketEvent(models.Model):
    """One entry of a timeline; one with `announce` and without `announced_at` is still to be sent to the citizen, but
    not before `undo_until`, while who did it may take it back.

    A trigger keeps the table append-only: only `announced_at` can be changed, until the ticket is erased and its texts
    with it. What is taken back before it left is deleted, and the entry that says so stays.
    """

    class Kind(models.TextChoices):
        CREATED = "created", "Başvuru alındı"
        MOVED = "moved", "Durum değişti"
        ASSIGNED = "assigned", "Sorumlu değişti"
        CLASSIFIED = "classified", "Konu değişti"
        PRIORITY = "priority", "Öncelik değişti"
        DANGER = "danger", "Tehlike düzeltildi"
        CLAIMED = "claimed", "Acil bildirim üstlenildi"
        RELEASED = "released", "Acil bildirim bırakıldı"
        NOTE = "note", "Not"
        DESCRIBED = "described", "Bilgi eklendi"
        LOCATED = "located", "Konum belirlendi"
        ATTACHED = "attached", "Dosya eklendi"
        RATED = "rated", "Değerlendirildi"
        FOLLOWED = "followed", "Asıl başvurudan haber"
        PUBLISHED = "published", "Yayın onayı"
        REPLIED = "replied", "Vatandaşa yazıldı"
        WITHDRAWN = "withdrawn", "Geri alındı"
        HANDED = "handed", "Görüşme el değiştirdi"
        SPLIT = "split", "İkiye ayrıldı"
        BLURRED = "blurred", "Fotoğraf bulanıklaştırıldı"
        DISCLOSED = "disclosed", "Fotoğrafın aslı açıldı"
        UNMASKED = "unmasked", "Telefon numarası açıldı"
        HIDDEN = "hidden", "Dosya gizlendi"
        SHOWN = "shown", "Gizlenen dosya yeniden gösterildi"
        REGISTERED = "registered", "Evrak numarası yazıldı"
        FORGOTTEN = "forgotten", "Anonimleştirildi"

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="events", verbose_name="başvuru")
    kind = models.CharField("olay", max_length=10, choices=Kind)
    at = models.DateTimeField("zaman")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="yapan",
    )
    actor_kind = models.CharField("kim yaptı", max_length=8, choices=ActorKind)
    from_status = models.CharField("önceki durum", max_length=12, choices=Status, blank=True, default="")
    to_status = models.CharField("yeni durum", max_length=12, choices=Status, blank=True, default="")
    public_text = models.TextField("vatandaşa giden metin", blank=True, default="")
    note = models.TextField("iç not", blank=True, default="")
    data = models.JSONField("ayrıntı", default=dict, blank=True)
    announce = models.BooleanField("vatandaşa bildirilir", default=False)
    announced_at = models.DateTimeField("bildirildi", null=True, blank=True)
    undo_until = models.DateTimeField("geri alma süresi", null=True, blank=True)

    class Meta:
        verbose_name = "zaman çizelgesi kaydı"
        verbose_name_plural = "zaman çizelgesi"
        indexes = [
            models.Index(
                "id", name="event_to_announce", condition=Q(announce=True, announced_at__isnull=True)
            ),
            models.Index(F("at").desc(), F("id").desc(), name="event_moves", condition=Q(kind="moved")),
            models.Index(
                fields=["at"],
                include=["ticket"],
                name="event_reopened",
                condition=Q(kind="moved", from_status__in=ENDED, to_status=Status.ASSIGNED),
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.ticket_id})"
