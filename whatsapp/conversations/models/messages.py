"""What citizens sent: messages and their files."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q
from typing_extensions import override

from tickets.files.storage import StoredFile
from tickets.models import Attachment, Ticket
from whatsapp.conversations.models.conversations import Conversation
from whatsapp.conversations.models.deliveries import InboundDelivery

# Meta's word for a kind of message, and ours for what became of one, as staff read them. Meta may send a word that is
# not among them: it is shown as it came.
KINDS = (
    ("text", "Yazı"),
    ("image", "Fotoğraf"),
    ("video", "Video"),
    ("audio", "Sesli mesaj"),
    ("document", "Belge"),
    ("sticker", "Çıkartma"),
    ("location", "Konum"),
    ("contacts", "Kişi kartı"),
    ("interactive", "Seçim"),
    ("button", "Düğme"),
    ("reaction", "Tepki"),
    ("order", "Sipariş"),
    ("edit", "Düzeltme"),
    ("revoke", "Silme"),
    ("system", "Sistem bildirimi"),
    ("request_welcome", "Sohbeti ilk açış"),
    ("unsupported", "İletilmeyen mesaj"),
)
OUTCOMES = (
    ("draft", "Başvuru metnine alındı"),
    ("joined", "Başvuruya eklendi"),
    ("answered", "Cevaplandı"),
    ("noted", "Not edildi"),
    ("talk", "Sohbet: başvuru açılmadı"),
    ("waiting", "Görevli bekliyor"),
    ("staff", "Görevliye kaldı"),
    ("blocked", "Engellenmiş: cevaplanmadı"),
)


class Message(models.Model):
    """One message that somebody sent to a number of ours, once, however often it was delivered."""

    class State(models.TextChoices):
        NEW = "new", "Bekliyor"
        HANDLED = "handled", "İşlendi"
        IGNORED = "ignored", "Bizim için değil"
        PARKED = "parked", "İşlenemedi"

    wamid = models.TextField("wamid", unique=True)
    conversation = models.ForeignKey(
        Conversation, models.PROTECT, null=True, related_name="messages", verbose_name="konuşma"
    )
    delivery = models.ForeignKey(
        InboundDelivery, models.SET_NULL, null=True, related_name="+", verbose_name="teslimat"
    )
    kind = models.CharField("tür", max_length=64, choices=KINDS)
    text = models.TextField("metin", blank=True, default="")
    reply_to = models.TextField("yanıtladığı wamid", blank=True, default="")
    payload = models.JSONField("ham mesaj")
    sent_at = models.DateTimeField("gönderilme")
    received_at = models.DateTimeField("geliş")
    state = models.CharField("durum", max_length=8, choices=State, default=State.NEW)
    # Whether its words tell of danger to life: read when it came in, so that it waits behind no other.
    danger = models.BooleanField("tehlike", default=False)
    outcome = models.CharField("sonuç", max_length=32, blank=True, default="", choices=OUTCOMES)
    ticket = models.ForeignKey(
        Ticket, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="başvuru"
    )
    error = models.TextField("hata", blank=True, default="")

    class Meta:
        verbose_name = "gelen mesaj"
        verbose_name_plural = "gelen mesajlar"
        indexes: ClassVar = [
            models.Index(
                fields=["conversation", "sent_at", "id"], name="message_new", condition=Q(state="new")
            ),
            models.Index(fields=["id"], name="message_waiting", condition=Q(state="new")),
            models.Index(fields=["id"], name="message_in_danger", condition=Q(state="new", danger=True)),
            models.Index(fields=["id"], name="message_parked", condition=Q(state="parked")),
            models.Index(fields=["conversation", "sent_at"], name="message_talk"),
            models.Index(fields=["received_at"], name="message_received"),
            # What was said about no ticket and is not emptied yet.
            models.Index(
                fields=["received_at"],
                name="message_chatter",
                condition=Q(ticket__isnull=True) & ~Q(payload={}),
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"Mesaj {self.pk}"


class TicketlessMessage(Message):
    """A message that was worked off and is of no ticket: what supervisors take samples of."""

    class Meta:
        proxy = True
        verbose_name = "başvuru olmayan mesaj"
        verbose_name_plural = "başvuru olmayan mesajlar"


_CLAIM = """
WITH first AS MATERIALIZED (
    SELECT DISTINCT ON (message.conversation_id) media.id, media.attempts, media.next_attempt_at,
        message.conversation_id AS talk
    FROM whatsapp_media AS media JOIN whatsapp_message AS message ON message.id = media.message_id
    WHERE media.state = 'waiting' AND media.next_attempt_at <= %(now)s AND (media.unfinished > 0) = %(died)s
        AND media.attempts < %(attempts)s AND message.conversation_id <> ALL (%(busy)s)
    ORDER BY message.conversation_id, media.attempts, media.next_attempt_at, media.id
), ranked AS (
    SELECT *, row_number() OVER (PARTITION BY attempts > 0 ORDER BY attempts, next_attempt_at, id) AS place FROM first
), due AS (
    SELECT media.id, ranked.talk FROM whatsapp_media AS media JOIN ranked USING (id)
    WHERE media.state = 'waiting' AND media.next_attempt_at <= %(now)s
        AND (ranked.attempts = 0 OR ranked.place <= %(again)s)
    ORDER BY ranked.attempts, ranked.next_attempt_at, id LIMIT %(limit)s FOR NO KEY UPDATE OF media SKIP LOCKED
)
UPDATE whatsapp_media AS media
SET attempts = media.attempts + 1, unfinished = media.unfinished + 1,
    next_attempt_at = %(now)s + %(lease)s
FROM due WHERE media.id = due.id
RETURNING media.*, due.talk
"""


class MediaQuerySet(models.QuerySet["Media"]):
    def claim(
        self,
        now: datetime,
        *,
        limit: int,
        again: int,
        attempts: int,
        busy: Sequence[int],
        died: bool,
        lease: timedelta,
    ) -> list["Media"]:
        """Claims files that are due for this worker: at most `limit`, new ones first, one of a conversation and none of
        the `busy` ones; of those that were tried before at most `again`, and none `attempts` times.

        Those that were in hand when a worker died are claimed only with `died`, and no others with it. One statement,
        committed before the work begins.
        """
        values = {"now": now, "limit": limit, "again": again, "attempts": attempts, "busy": list(busy)}
        return sorted(self.raw(_CLAIM, values | {"died": died, "lease": lease}), key=lambda media: media.pk)


class Media(models.Model):
    """The file of one message: its id at Meta lives 7 days (Meta's contract, section 5), the stored copy is ours."""

    class State(models.TextChoices):
        WAITING = "waiting", "Alınıyor"
        STORED = "stored", "Alındı"
        LOST = "lost", "Alınamadı"
        REFUSED = "refused", "Kabul edilmedi"

    GONE: ClassVar = (State.LOST, State.REFUSED)

    message = models.OneToOneField(Message, models.PROTECT, related_name="media", verbose_name="mesaj")
    media_id = models.TextField("Meta kimliği")
    kind = models.CharField("tür", max_length=12, choices=KINDS[1:6])
    mime_type = models.TextField("MIME türü", blank=True, default="")
    sha256 = models.TextField("sha256", blank=True, default="")
    state = models.CharField("durum", max_length=8, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField("deneme", default=0)
    # Attempts in a row that ended without anybody saying how: their worker or their decoder died.
    unfinished = models.SmallIntegerField("yarıda kalan deneme", default=0, db_default=0)
    next_attempt_at = models.DateTimeField("sonraki deneme")
    # Why there is no file; of a stored one what staff are to know of it.
    error = models.TextField("hata", blank=True, default="")
    name = models.TextField("dosya", blank=True, default="")
    thumbnail = models.TextField("küçük resim", blank=True, default="")
    stored_type = models.TextField("saklanan MIME türü", blank=True, default="")
    size = models.PositiveBigIntegerField("boyut", null=True)
    # Where the photo was taken, by its EXIF, [lat, lon]: read before the copy is stripped of it.
    place = models.JSONField("çekildiği yer", null=True, blank=True)
    attachment = models.OneToOneField(
        Attachment, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="ek"
    )

    talk: int  # the conversation, of one that was claimed

    objects = MediaQuerySet.as_manager()

    class Meta:
        verbose_name = "medya"
        verbose_name_plural = "medya"
        indexes: ClassVar = [
            models.Index(fields=["next_attempt_at"], name="media_waiting", condition=Q(state="waiting")),
            models.Index(
                fields=["state"], name="media_not_stored", condition=Q(state__in=["lost", "refused"])
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"Medya {self.pk}"

    def stored_file(self) -> StoredFile | None:
        """The stored copy, None while there is none."""
        if not self.name:
            return None
        return StoredFile(self.name, self.thumbnail, self.size or 0, self.stored_type, self.error)
