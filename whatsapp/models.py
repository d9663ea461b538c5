"""The rows that carry a message from Meta to a ticket and an answer back."""

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from typing_extensions import override

from tickets.models import Attachment, Citizen, Ticket, TicketEvent
from tickets.storage import StoredFile
from whatsapp.payloads import names_in
from whatsapp.wordings import Wording as Wording  # Django looks for that module's models here

# Meta's words for kinds of messages, and ours for what became of one and of our own, as staff read them. Meta may
# send a word that is not among them: it is shown as it came.
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
    ("staff", "Görevliye kaldı"),
    ("blocked", "Engelli: cevaplanmadı"),
)
STATUSES = (
    ("sent", "Gönderildi"),
    ("delivered", "İletildi"),
    ("read", "Okundu"),
    ("played", "Dinlendi"),
    ("failed", "Gönderilemedi"),
    ("deleted", "Silindi"),
)


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def keep(self, body: bytes, now: datetime) -> "Delivery":
        """Stores a body as it came: one INSERT, whatever is in it."""
        return self.create(body=body, names=names_in(body), received_at=now)

    def unread_with(self, names: Iterable[str]) -> bool:
        """Whether a delivery that is not taken in yet names one of these people, or one of our messages."""
        return self.filter(state=Delivery.State.NEW, names__overlap=list(names)).exists()


class Delivery(models.Model):
    """One signed POST of Meta, byte for byte: the only copy, since Meta replays nothing."""

    class State(models.TextChoices):
        NEW = "new", "Bekliyor"
        DONE = "done", "İşlendi"
        PARKED = "parked", "Kenara ayrıldı"

    body = models.BinaryField("gövde")
    # Whom and what it names (payloads.names_in), so that it can be waited for before anybody has read it.
    names = ArrayField(models.TextField(), verbose_name="adlar", default=list, blank=True)
    received_at = models.DateTimeField("geliş")
    state = models.CharField("durum", max_length=8, choices=State, default=State.NEW)
    attempts = models.PositiveSmallIntegerField("deneme", default=0)
    next_attempt_at = models.DateTimeField("sonraki deneme", null=True, blank=True)
    error = models.TextField("hata", blank=True, default="")
    # Accounting, written when done: updates in the body = rows made + rows recognised as already there.
    updates = models.PositiveIntegerField("güncelleme", null=True)
    created = models.PositiveIntegerField("yeni", null=True)
    duplicates = models.PositiveIntegerField("yineleme", null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = "webhook teslimatı"
        verbose_name_plural = "webhook teslimatları"
        indexes: ClassVar = [
            models.Index(fields=["id"], name="delivery_new", condition=Q(state="new")),
            GinIndex(fields=["names"], name="delivery_names", condition=Q(state="new")),
            models.Index(fields=["id"], name="delivery_parked", condition=Q(state="parked")),
            models.Index(fields=["received_at"], name="delivery_received"),
        ]

    @override
    def __str__(self) -> str:
        return f"Teslimat {self.pk}"


class Identity(models.Model):
    """One name under which WhatsApp knows a citizen. A retired one may come back as somebody else."""

    class Kind(models.TextChoices):
        BSUID = "bsuid", "BSUID"
        PARENT_BSUID = "parent_bsuid", "üst BSUID"
        WA_ID = "wa_id", "WhatsApp numarası"

    citizen = models.ForeignKey(Citizen, models.PROTECT, related_name="identities", verbose_name="vatandaş")
    kind = models.CharField("tür", max_length=12, choices=Kind)
    value = models.TextField("değer")
    created_at = models.DateTimeField("ilk görülme")
    retired_at = models.DateTimeField("bırakılma", null=True, blank=True)

    class Meta:
        verbose_name = "WhatsApp kimliği"
        verbose_name_plural = "WhatsApp kimlikleri"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "value"], name="identity_in_use", condition=Q(retired_at=None)
            )
        ]

    @override
    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"


class Conversation(models.Model):
    """The talk with one citizen. Its row lock is what serialises everything that concerns that citizen."""

    citizen = models.OneToOneField(
        Citizen, models.PROTECT, related_name="conversation", verbose_name="vatandaş"
    )
    state = models.JSONField("konuşma hâli", default=dict, blank=True)
    wake_at = models.DateTimeField("uyanma", null=True, blank=True)
    last_inbound_at = models.DateTimeField("son mesajı", null=True, blank=True)
    paced_until = models.DateTimeField("hız sınırı", null=True, blank=True)
    failures = models.PositiveSmallIntegerField("başarısız deneme", default=0)
    conflict = models.TextField("kimlik çakışması", blank=True, default="")
    language = models.CharField("dil", max_length=2, blank=True, default="")
    muted = models.BooleanField("bildirim istemiyor", default=False)
    blocked = models.BooleanField("engelli", default=False)
    # While a person has the talk the line is silent; staff_at is when one last wrote by hand.
    silent_until = models.DateTimeField("hat susuyor", null=True, blank=True)
    staff_at = models.DateTimeField("görevli yazdı", null=True, blank=True)

    class Meta:
        verbose_name = "konuşma"
        verbose_name_plural = "konuşmalar"
        indexes: ClassVar = [
            models.Index(fields=["wake_at"], name="conversation_wake", condition=Q(wake_at__isnull=False))
        ]

    @override
    def __str__(self) -> str:
        return f"Konuşma {self.pk}"


class Message(models.Model):
    """One message that somebody sent to a number of ours, once, however often it was delivered."""

    class State(models.TextChoices):
        NEW = "new", "Bekliyor"
        HANDLED = "handled", "İşlendi"
        IGNORED = "ignored", "Bizim için değil"
        PARKED = "parked", "Kenara ayrıldı"

    wamid = models.TextField("wamid", unique=True)
    conversation = models.ForeignKey(
        Conversation, models.PROTECT, null=True, related_name="messages", verbose_name="konuşma"
    )
    delivery = models.ForeignKey(
        Delivery, models.SET_NULL, null=True, related_name="+", verbose_name="teslimat"
    )
    kind = models.CharField("tür", max_length=64, choices=KINDS)
    text = models.TextField("metin", blank=True, default="")
    reply_to = models.TextField("yanıtladığı wamid", blank=True, default="")
    payload = models.JSONField("ham mesaj")
    sent_at = models.DateTimeField("gönderilme")
    received_at = models.DateTimeField("geliş")
    state = models.CharField("durum", max_length=8, choices=State, default=State.NEW)
    outcome = models.CharField("sonuç", max_length=32, blank=True, default="", choices=OUTCOMES)
    ticket = models.ForeignKey(
        Ticket, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="başvuru"
    )
    attempts = models.PositiveSmallIntegerField("deneme", default=0)
    error = models.TextField("hata", blank=True, default="")

    class Meta:
        verbose_name = "gelen mesaj"
        verbose_name_plural = "gelen mesajlar"
        indexes: ClassVar = [
            models.Index(
                fields=["conversation", "sent_at", "id"], name="message_new", condition=Q(state="new")
            ),
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


class Media(models.Model):
    """The file of one message: its id at Meta lives 7 days (contract section 5), the stored copy is ours."""

    class State(models.TextChoices):
        WAITING = "waiting", "Alınıyor"
        STORED = "stored", "Alındı"
        LOST = "lost", "Alınamadı"
        REFUSED = "refused", "Kabul edilmedi"

    message = models.OneToOneField(Message, models.PROTECT, related_name="media", verbose_name="mesaj")
    media_id = models.TextField("Meta kimliği")
    kind = models.CharField("tür", max_length=12, choices=KINDS[1:6])
    mime_type = models.TextField("MIME türü", blank=True, default="")
    sha256 = models.TextField("sha256", blank=True, default="")
    state = models.CharField("durum", max_length=8, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField("deneme", default=0)
    next_attempt_at = models.DateTimeField("sonraki deneme")
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
        return StoredFile(self.name, self.thumbnail, self.size or 0, self.stored_type) if self.name else None


class Outbox(models.Model):
    """One message that must leave, or has left. At most one for each ticket event."""

    class State(models.TextChoices):
        HELD = "held", "Geri çekilebilir"
        WITHDRAWN = "withdrawn", "Geri çekildi"
        QUEUED = "queued", "Sırada"
        SENDING = "sending", "Gönderiliyor"
        SENT = "sent", "Gönderildi"
        DELIVERED = "delivered", "İletildi"
        READ = "read", "Okundu"
        FAILED = "failed", "Gönderilemedi"

    class Origin(models.TextChoices):
        LINE = "line", "Hat"
        PHONE = "phone", "Telefon uygulaması"

    PENDING: ClassVar = (State.QUEUED, State.SENDING)

    conversation = models.ForeignKey(
        Conversation, models.PROTECT, related_name="outbox", verbose_name="konuşma"
    )
    event = models.OneToOneField(
        TicketEvent, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="olay"
    )
    ticket = models.ForeignKey(
        Ticket, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="başvuru"
    )
    text = models.TextField("metin")
    payload = models.JSONField("mesaj")
    template = models.JSONField("pencere kapalıysa şablon", null=True, blank=True)
    # Uploaded and put in when it is sent: an id at Meta lives 30 days.
    photo = models.ForeignKey(
        Attachment, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="fotoğraf"
    )
    origin = models.CharField("kaynak", max_length=8, choices=Origin, default=Origin.LINE)
    state = models.CharField("durum", max_length=10, choices=State, default=State.QUEUED)
    wamid = models.TextField("wamid", null=True, blank=True, unique=True)
    created_at = models.DateTimeField("oluşturulma")
    not_before = models.DateTimeField("en erken")
    claimed_at = models.DateTimeField("ele alınma", null=True, blank=True)
    sent_at = models.DateTimeField("gönderilme", null=True, blank=True)
    attempts = models.PositiveSmallIntegerField("deneme", default=0)
    as_template = models.BooleanField("şablonla", default=False)
    possibly_double = models.BooleanField("çift gitmiş olabilir", default=False)
    error_code = models.IntegerField("hata kodu", null=True, blank=True)
    error = models.TextField("hata", blank=True, default="")

    class Meta:
        verbose_name = "giden mesaj"
        verbose_name_plural = "giden mesajlar"
        indexes: ClassVar = [
            models.Index(
                fields=["conversation", "id"],
                name="outbox_pending",
                condition=Q(state__in=["queued", "sending"]),
            ),
            models.Index(fields=["not_before"], name="outbox_held", condition=Q(state="held")),
            models.Index(fields=["error_code"], name="outbox_failed", condition=Q(state="failed")),
            models.Index(fields=["id"], name="outbox_double", condition=Q(possibly_double=True)),
            models.Index(fields=["id"], name="outbox_as_template", condition=Q(as_template=True)),
            models.Index(fields=["conversation", "created_at"], name="outbox_talk"),
            models.Index(fields=["created_at"], name="outbox_written"),
            models.Index(fields=["created_at"], name="outbox_raw", condition=~Q(payload={})),
            models.Index(
                fields=["created_at"],
                name="outbox_chatter",
                condition=Q(ticket__isnull=True, event__isnull=True) & ~Q(text=""),
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"Giden mesaj {self.pk}"


class Question(models.Model):
    """A question that citizens ask often, and the answer that staff keep up to date."""

    title = models.CharField("soru", max_length=120, unique=True)
    phrases = models.TextField(
        "anahtar sözler",
        help_text="Her satıra bir söz: sözcük kökleri, küçük harfle ve Türkçe harf gözetmeden. “kacta acil” yazarsanız "
        "“Kaçta açılıyorsunuz?” da bulunur.",
    )
    answer = models.TextField("cevap", max_length=3000)
    active = models.BooleanField("kullanımda", default=True)
    updated_at = models.DateTimeField("güncellenme", auto_now=True)

    class Meta:
        verbose_name = "soru ve cevap"
        verbose_name_plural = "sorular ve cevaplar"

    @override
    def __str__(self) -> str:
        return self.title


class StatusUpdate(models.Model):
    """What Meta says became of a message of ours. One whose message is not known yet waits for it."""

    digest = models.CharField("özet", max_length=64, unique=True)
    delivery = models.ForeignKey(
        Delivery, models.SET_NULL, null=True, related_name="+", verbose_name="teslimat"
    )
    wamid = models.TextField("wamid")
    callback = models.TextField("geri çağırma verisi", blank=True, default="")
    status = models.CharField("durum", max_length=32, choices=STATUSES)
    at = models.DateTimeField("zaman")
    received_at = models.DateTimeField("geliş")
    payload = models.JSONField("ham")
    outbox = models.ForeignKey(
        Outbox, models.SET_NULL, null=True, related_name="statuses", verbose_name="giden mesaj"
    )
    settled = models.BooleanField("sonuçlandı", default=False)

    class Meta:
        verbose_name = "durum bildirimi"
        verbose_name_plural = "durum bildirimleri"
        indexes: ClassVar = [models.Index(fields=["wamid"], name="status_open", condition=Q(settled=False))]

    @override
    def __str__(self) -> str:
        return f"{self.get_status_display()} {self.pk}"


class Notice(models.Model):
    """Any other update of a delivery: account events, errors, what nobody could read. Kept and shown."""

    digest = models.CharField("özet", max_length=64, unique=True)
    delivery = models.ForeignKey(
        Delivery, models.SET_NULL, null=True, related_name="+", verbose_name="teslimat"
    )
    field = models.TextField("konu")
    payload = models.JSONField("ham")
    received_at = models.DateTimeField("geliş")
    error = models.TextField("hata", blank=True, default="")

    class Meta:
        verbose_name = "hesap bildirimi"
        verbose_name_plural = "hesap bildirimleri"

    @override
    def __str__(self) -> str:
        return f"{self.field} {self.pk}"


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

    class Meta:
        verbose_name = "kanal durumu"
        verbose_name_plural = "kanal durumu"

    @override
    def __str__(self) -> str:
        return self.get_state_display()
