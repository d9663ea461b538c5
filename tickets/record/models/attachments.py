"""Files of tickets, and what was uploaded and not looked at yet."""

from django.db import models
from typing_extensions import override

from tickets.files.storage import private_storage
from tickets.record.hiding_reasons import HidingReason
from tickets.record.models.ticket import Ticket
from tickets.record.models.timeline import TicketEvent


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
    hidden = models.CharField(
        "gizli", max_length=8, choices=HidingReason, blank=True, default="", db_default=""
    )
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
