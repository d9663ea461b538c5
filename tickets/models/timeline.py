"""The timeline of a ticket, and its files."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from typing_extensions import override

from tickets.models.ticket import Ticket
from tickets.photos.storage import private_storage
from tickets.workflow import ENDED, ActorKind, Status


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


class Attachment(models.Model):
    """A file the citizen sent, or a photo that staff took of the work done (`after`).

    It exists from the moment the message or the upload arrives; `state` says whether the file is stored yet. Without a
    ticket it is what staff send to somebody who has none (ScheduledReply.file).
    """

    class Kind(models.TextChoices):
        IMAGE = "image", "Fotoğraf"
        AUDIO = "audio", "Ses kaydı"
        VIDEO = "video", "Video"
        DOCUMENT = "document", "Belge"
        STICKER = "sticker", "Çıkartma"

    class Hidden(models.TextChoices):
        PERSONAL = "personal", "Kişisel veri"
        MISTAKE = "mistake", "Yanlışlıkla gönderildi"

    class State(models.TextChoices):
        FETCHING = "fetching", "Alınıyor"
        CHECKING = "checking", "İşleniyor"
        STORED = "stored", "Hazır"
        LOST = "lost", "Alınamadı"
        REFUSED = "refused", "Kabul edilmedi"
        DESTROYED = "destroyed", "Süresi dolduğu için silindi"

    ticket = models.ForeignKey(
        Ticket, models.PROTECT, null=True, blank=True, related_name="attachments", verbose_name="başvuru"
    )
    event = models.ForeignKey(
        TicketEvent, models.PROTECT, null=True, blank=True, related_name="attachments", verbose_name="olay"
    )
    kind = models.CharField("tür", max_length=8, choices=Kind)
    mime_type = models.CharField("MIME türü", max_length=100)
    size = models.PositiveBigIntegerField("boyut (bayt)", null=True, blank=True)
    state = models.CharField("hâli", max_length=9, choices=State, default=State.FETCHING)
    file = models.FileField("dosya", storage=private_storage, max_length=300, blank=True, default="")
    thumbnail = models.FileField(
        "küçük resim", storage=private_storage, max_length=300, blank=True, default=""
    )
    photo_hash = models.BigIntegerField("görünüş", null=True, blank=True, editable=False)
    # The unblurred file, once faces or plates were blurred in `file`.
    original = models.FileField(
        "dosyanın aslı", storage=private_storage, max_length=300, blank=True, default=""
    )
    caption = models.TextField("altyazı", blank=True, default="")
    published = models.BooleanField("yayımlanır", default=False)
    after = models.BooleanField("sonuç fotoğrafı", default=False)
    # The citizen's words say that an identity card is on it.
    may_show_identity = models.BooleanField("kimlik olabilir", default=False, db_default=False)
    # What staff are to know before they open it: that it is not what it said to be.
    warning = models.CharField("uyarı", max_length=300, blank=True, default="", db_default="")
    # Why only the personal-data officer may open it; empty for what everybody sees who sees the ticket.
    hidden = models.CharField("gizli", max_length=8, choices=Hidden, blank=True, default="", db_default="")
    created_at = models.DateTimeField("geliş")

    class Meta:
        verbose_name = "dosya"
        verbose_name_plural = "dosyalar"

    @override
    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"

    @property
    def of_ticket(self) -> Ticket:
        """The ticket, of a file that has one: all but those that staff sent to somebody without one."""
        assert self.ticket is not None  # noqa: S101 - the caller found it by its ticket
        return self.ticket


class PendingUpload(models.Model):
    """A file that was uploaded to us and that no worker has looked at yet: kept as it came, and shown to nobody.

    Attempts are counted before the work, so that a file that kills its workers is refused in the end.
    """

    attachment = models.OneToOneField(Attachment, models.CASCADE, related_name="+", verbose_name="dosya")
    name = models.TextField("yüklenen dosya")
    attempts = models.PositiveSmallIntegerField("deneme", default=0)
    next_attempt_at = models.DateTimeField("sonraki deneme", db_index=True)

    class Meta:
        verbose_name = "işlenen dosya"
        verbose_name_plural = "işlenen dosyalar"

    @override
    def __str__(self) -> str:
        return f"Yükleme {self.pk}"
