"""The citizen's record: tickets, their append-only timeline, their photos. Written by `tickets.services` alone."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now
from typing_extensions import override

from departments.models import Agency, Category, Department, Neighbourhood, TargetVersion
from tickets.canned import GAPS, unknown_gaps
from tickets.partners import ApiAccess as ApiAccess  # Django looks for that module's models here
from tickets.storage import private_storage
from tickets.workflow import ENDED, ActorKind, Outcome, Position, Status


class Kind(models.TextChoices):
    TALEP = "talep", "Talep"
    SIKAYET = "sikayet", "Şikâyet"
    ONERI = "oneri", "Öneri"
    IHBAR = "ihbar", "İhbar"
    DILEKCE = "dilekce", "Dilekçe"
    BILGI_EDINME = "bilgi_edinme", "Bilgi edinme"
    DIGER = "diger", "Diğer"


class Source(models.TextChoices):
    """By which way the ticket came."""

    WHATSAPP = "whatsapp", "WhatsApp"
    TELEFON = "telefon", "Telefon"
    YUZ_YUZE = "yuz_yuze", "Yüz yüze"
    WEB = "web", "Web"
    EPOSTA = "eposta", "E-posta"
    SOSYAL_MEDYA = "sosyal_medya", "Sosyal medya"
    CIMER = "cimer", "CİMER"
    MOBIL_BASKAN = "mobil_baskan", "Mobil Başkan"


class Priority(models.TextChoices):
    LOW = "low", "Düşük"
    NORMAL = "normal", "Normal"
    HIGH = "high", "Yüksek"


class LocationSource(models.TextChoices):
    """What the place was taken from; a pin beats words, words beat the photo's EXIF."""

    PIN = "pin", "Konum"
    WORDS = "words", "Yazıdan"
    EXIF = "exif", "Fotoğraftan"
    STAFF = "staff", "Personel"


class Citizen(models.Model):
    """Somebody who wrote to us. Unknown name or phone is NULL: people with only a username show us no number."""

    name = models.CharField("ad soyad", max_length=200, null=True, blank=True)
    phone = models.CharField("telefon (E.164)", max_length=16, null=True, blank=True, db_index=True)
    created_at = models.DateTimeField("ilk yazışma", db_default=Now(), editable=False)

    class Meta:
        verbose_name = "vatandaş"
        verbose_name_plural = "vatandaşlar"
        indexes = [GinIndex(name="citizen_phone_part", fields=["phone"], opclasses=["gin_trgm_ops"])]

    @override
    def __str__(self) -> str:
        return self.name or f"Vatandaş {self.pk}"


class TicketNumber(models.Model):
    """The last number given in a year (Europe/Istanbul). One row a year; numbers are never given twice."""

    year = models.PositiveSmallIntegerField("yıl", primary_key=True)
    last = models.PositiveIntegerField("son sıra")

    class Meta:
        verbose_name = "numara sayacı"
        verbose_name_plural = "numara sayaçları"

    @override
    def __str__(self) -> str:
        return f"{self.year}: {self.last}"


_GROUPS = ("department", "category", "neighbourhood", "assignee")
# What each report counts lies in one index, by the moment it counts by: no row of the wide table is read for it.
_FIGURES = [
    models.Index(
        fields=["created_at"], include=[*_GROUPS, "outcome", "lat", "lon"], name="ticket_figures_opened"
    ),
    models.Index(
        fields=["first_action_at"],
        include=[*_GROUPS, "first_action_hours", "first_action_due_at"],
        name="ticket_figures_begun",
        condition=Q(first_action_at__isnull=False),
    ),
    models.Index(
        fields=["outcome_at"],
        include=[*_GROUPS, "outcome", "worked_hours", "resolution_due_at"],
        name="ticket_figures_ended",
        condition=Q(outcome_at__isnull=False),
    ),
    models.Index(
        fields=["closed_at"],
        include=_GROUPS,
        name="ticket_figures_closed",
        condition=Q(closed_at__isnull=False),
    ),
    models.Index(
        fields=["rated_at"],
        include=[*_GROUPS, "satisfaction_score"],
        name="ticket_figures_rated",
        condition=Q(rated_at__isnull=False),
    ),
    models.Index(
        fields=["department"],
        include=["category", "neighbourhood", "assignee", "status", "waiting_since", "resolution_due_at"],
        name="ticket_figures_open",
        condition=Q(outcome__isnull=True),
    ),
]


class Ticket(models.Model):
    number = models.CharField("başvuru no", max_length=20, unique=True)
    version = models.PositiveIntegerField("sürüm", default=1)
    public_code = models.CharField(
        "takip kodu", max_length=8, unique=True, null=True, blank=True, editable=False
    )
    kind = models.CharField("tür", max_length=12, choices=Kind)
    channel = models.CharField("kanal", max_length=15, choices=Source)
    status = models.CharField("durum", max_length=12, choices=Status)
    outcome = models.CharField("sonuç", max_length=12, choices=Outcome, null=True, blank=True)
    priority = models.CharField("öncelik", max_length=6, choices=Priority, default=Priority.NORMAL)
    urgent = models.BooleanField("acil", default=False)
    urgent_reason = models.CharField("aciliyet nedeni", max_length=200, blank=True, default="")

    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="tickets", verbose_name="birim"
    )
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="tickets", verbose_name="konu"
    )
    neighbourhood = models.ForeignKey(
        Neighbourhood, models.PROTECT, null=True, blank=True, related_name="tickets", verbose_name="mahalle"
    )
    agency = models.ForeignKey(
        Agency,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="tickets",
        verbose_name="yönlendirilen kurum",
    )
    proposed_agency = models.ForeignKey(
        Agency, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="önerilen kurum"
    )

    summary = models.CharField("özet", max_length=120, blank=True, default="")
    description = models.TextField("açıklama", blank=True, default="")
    lat = models.FloatField("enlem", null=True, blank=True)
    lon = models.FloatField("boylam", null=True, blank=True)
    location_source = models.CharField(
        "konum kaynağı", max_length=5, choices=LocationSource, blank=True, default=""
    )
    address = models.CharField("adres", max_length=300, blank=True, default="")
    place_missing = models.BooleanField("konum eksik", default=False)
    description_missing = models.BooleanField("açıklama eksik", default=False)

    citizen = models.ForeignKey(
        Citizen, models.PROTECT, null=True, blank=True, related_name="tickets", verbose_name="vatandaş"
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="tickets",
        verbose_name="sorumlu",
    )

    created_at = models.DateTimeField("geliş")
    updated_at = models.DateTimeField("son değişiklik")
    target = models.ForeignKey(
        TargetVersion, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="hedef"
    )
    first_action_warn_at = models.DateTimeField("ilk işlem uyarısı", null=True, blank=True)
    first_action_due_at = models.DateTimeField("ilk işlem hedefi", null=True, blank=True)
    first_action_at = models.DateTimeField("ilk işlem", null=True, blank=True)
    first_action_hours = models.FloatField("ilk işlem süresi (çalışma saati)", null=True, blank=True)
    resolution_warn_at = models.DateTimeField("çözüm uyarısı", null=True, blank=True)
    resolution_due_at = models.DateTimeField("çözüm hedefi", null=True, blank=True)
    legal_near_at = models.DateTimeField("yasal süre yaklaşıyor", null=True, blank=True)
    legal_warn_at = models.DateTimeField("yasal süre uyarısı", null=True, blank=True)
    legal_due_at = models.DateTimeField("yasal süre sonu")
    outcome_at = models.DateTimeField("sonuçlanma", null=True, blank=True)
    resolved_at = models.DateTimeField("çözülme", null=True, blank=True)
    # Working hours in which the ticket was the municipality's to act on, up to `worked_until` (NULL: clock stands).
    worked_hours = models.FloatField("çözüm süresi (çalışma saati)", null=True, blank=True)
    worked_until = models.DateTimeField("süre sayımı", null=True, blank=True)
    closed_at = models.DateTimeField("kapanma", null=True, blank=True)
    planned_for = models.DateField("programlanan gün", null=True, blank=True)
    waiting_from = models.CharField(
        "beklemeden önceki durum", max_length=12, choices=Status, blank=True, default=""
    )
    waiting_since = models.DateTimeField("bekleme başlangıcı", null=True, blank=True)
    duplicate_of = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="duplicates",
        verbose_name="asıl başvuru",
    )
    reopened = models.PositiveSmallIntegerField("yeniden açılma", default=0)

    satisfaction_score = models.PositiveSmallIntegerField(
        "memnuniyet", null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    satisfaction_comment = models.TextField("memnuniyet notu", blank=True, default="")
    rated_at = models.DateTimeField("değerlendirme", null=True, blank=True)
    routed = models.JSONField("yönlendirme önerisi", null=True, blank=True)
    published_text = models.TextField("yayımlanan metin", blank=True, default="")
    search = models.TextField("arama metni", blank=True, default="", editable=False)

    class Meta:
        verbose_name = "başvuru"
        verbose_name_plural = "başvurular"
        indexes = [
            models.Index(F("created_at").desc(), F("id").desc(), name="ticket_newest"),
            models.Index(F("updated_at").desc(), F("id").desc(), name="ticket_changed"),
            models.Index("department", F("created_at").desc(), name="ticket_of_department"),
            models.Index("status", F("created_at").desc(), name="ticket_by_status"),
            models.Index(Coalesce("resolution_due_at", "legal_due_at"), F("id"), name="ticket_due"),
            models.Index("id", name="ticket_in_danger", condition=Q(urgent=True, status=Status.NEW)),
            models.Index(
                "outcome_at",
                name="ticket_settled",
                condition=Q(outcome_at__isnull=False) & ~Q(status__in=[Status.CLOSED, Status.CANCELLED]),
            ),
            models.Index(
                "category",
                "lat",
                "lon",
                name="ticket_open_near",
                condition=Q(outcome__isnull=True, lat__isnull=False),
            ),
            models.Index("created_at", name="ticket_open", condition=Q(outcome__isnull=True)),
            models.Index(
                "satisfaction_score",
                F("created_at").desc(),
                name="ticket_rated",
                condition=Q(satisfaction_score__isnull=False),
            ),
            GinIndex(name="ticket_search", fields=["search"], opclasses=["gin_trgm_ops"]),
            *_FIGURES,
        ]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=Status.values), name="ticket_status_known"),
            models.CheckConstraint(
                condition=Q(status__in=ENDED, outcome__isnull=False, outcome_at__isnull=False)
                | (~Q(status__in=ENDED) & Q(outcome__isnull=True, outcome_at__isnull=True)),
                name="ticket_ended_with_outcome",
            ),
            models.CheckConstraint(
                condition=Q(status=Status.WAITING, waiting_since__isnull=False) & ~Q(waiting_from="")
                | (~Q(status=Status.WAITING) & Q(waiting_since__isnull=True, waiting_from="")),
                name="ticket_waiting_since_and_from",
            ),
            models.CheckConstraint(
                condition=(
                    Q(outcome=Outcome.DUPLICATE, duplicate_of__isnull=False) & ~Q(duplicate_of=F("id"))
                )
                | ((Q(outcome__isnull=True) | ~Q(outcome=Outcome.DUPLICATE)) & Q(duplicate_of__isnull=True)),
                name="ticket_duplicate_of_another",
            ),
            models.CheckConstraint(
                condition=Q(lat__isnull=True, lon__isnull=True)
                | Q(lat__gte=-90, lat__lte=90, lon__gte=-180, lon__lte=180),
                name="ticket_place_on_earth",
            ),
            models.CheckConstraint(
                condition=Q(satisfaction_score__isnull=True)
                | Q(satisfaction_score__gte=1, satisfaction_score__lte=5),
                name="ticket_score_1_to_5",
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.number

    def position(self) -> Position:
        """What the workflow looks at of the ticket."""
        return Position(
            status=Status(self.status),
            waiting_from=Status(self.waiting_from) if self.waiting_from else None,
            answers_directly=self.department is None or self.department.answers_directly,
            outcome_at=self.outcome_at,
            reopened=self.reopened,
        )

    def proposed_answer(self) -> str:
        """The answer that the department last sent for approval; empty when there is none."""
        proposal = self.events.filter(to_status=Status.REVIEW).order_by("-id").first()
        return str(proposal.data["answer"]) if proposal else ""


class TicketEvent(models.Model):
    """One entry of a timeline, and the news still to be told: `tell` without `told_at` is a channel's work list.

    A trigger keeps the table append-only; nothing but `told_at` can be changed.
    """

    class Kind(models.TextChoices):
        CREATED = "created", "Başvuru alındı"
        MOVED = "moved", "Durum değişti"
        ASSIGNED = "assigned", "Sorumlu değişti"
        CLASSIFIED = "classified", "Konu değişti"
        NOTE = "note", "Not"
        DESCRIBED = "described", "Bilgi eklendi"
        LOCATED = "located", "Konum belirlendi"
        ATTACHED = "attached", "Dosya eklendi"
        RATED = "rated", "Değerlendirildi"
        FOLLOWED = "followed", "Asıl başvurudan haber"
        PUBLISHED = "published", "Yayın onayı"
        REPLIED = "replied", "Vatandaşa yazıldı"
        WITHDRAWN = "withdrawn", "Cevap geri çekildi"
        HANDED = "handed", "Söz değişti"
        SPLIT = "split", "İkiye ayrıldı"
        BLURRED = "blurred", "Fotoğraf bulanıklaştırıldı"
        DISCLOSED = "disclosed", "Özgün fotoğraf açıldı"

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
    actor_kind = models.CharField("yapan türü", max_length=8, choices=ActorKind)
    from_status = models.CharField("önceki durum", max_length=12, choices=Status, blank=True, default="")
    to_status = models.CharField("yeni durum", max_length=12, choices=Status, blank=True, default="")
    public_text = models.TextField("vatandaşa giden metin", blank=True, default="")
    note = models.TextField("iç not", blank=True, default="")
    data = models.JSONField("ayrıntı", default=dict, blank=True)
    tell = models.BooleanField("vatandaşa bildirilir", default=False)
    told_at = models.DateTimeField("bildirildi", null=True, blank=True)

    class Meta:
        verbose_name = "zaman çizelgesi kaydı"
        verbose_name_plural = "zaman çizelgesi"
        indexes = [
            models.Index("id", name="event_to_tell", condition=Q(tell=True, told_at__isnull=True)),
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

    It is listed from the moment it is known of; `state` says how far it got.
    """

    class Kind(models.TextChoices):
        IMAGE = "image", "Fotoğraf"
        AUDIO = "audio", "Ses kaydı"
        VIDEO = "video", "Video"
        DOCUMENT = "document", "Belge"
        STICKER = "sticker", "Çıkartma"

    class State(models.TextChoices):
        FETCHING = "fetching", "Alınıyor"
        STORED = "stored", "Hazır"
        LOST = "lost", "Alınamadı"
        REFUSED = "refused", "Kabul edilmedi"

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="attachments", verbose_name="başvuru")
    event = models.ForeignKey(
        TicketEvent, models.PROTECT, null=True, blank=True, related_name="attachments", verbose_name="olay"
    )
    kind = models.CharField("tür", max_length=8, choices=Kind)
    mime_type = models.CharField("MIME türü", max_length=100)
    size = models.PositiveBigIntegerField("boyut (bayt)", null=True, blank=True)
    state = models.CharField("hâli", max_length=8, choices=State, default=State.FETCHING)
    file = models.FileField("dosya", storage=private_storage, max_length=300, blank=True, default="")
    thumbnail = models.FileField(
        "küçük resim", storage=private_storage, max_length=300, blank=True, default=""
    )
    photo_hash = models.BigIntegerField("görünüş", null=True, blank=True, editable=False)
    # What the citizen sent, once faces or plates were blurred in `file`.
    original = models.FileField(
        "özgün dosya", storage=private_storage, max_length=300, blank=True, default=""
    )
    caption = models.TextField("altyazı", blank=True, default="")
    published = models.BooleanField("yayımlanır", default=False)
    after = models.BooleanField("sonuç fotoğrafı", default=False)
    created_at = models.DateTimeField("geliş")

    class Meta:
        verbose_name = "dosya"
        verbose_name_plural = "dosyalar"

    @override
    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"


class Reading(models.Model):
    """Who has a ticket's page open, and up to when they know it: one row for each ticket and user.

    It counts as open until `open_until`, which an open page keeps moving ahead.
    """

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="readings", verbose_name="başvuru")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="kullanıcı"
    )
    read_at = models.DateTimeField("okundu")
    open_until = models.DateTimeField("açık sayılma süresi")

    class Meta:
        verbose_name = "okuma"
        verbose_name_plural = "okumalar"
        constraints = [models.UniqueConstraint(name="reading_once", fields=["ticket", "user"])]
        indexes = [models.Index("open_until", name="reading_open")]

    @override
    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.user_id}"


class SavedFilter(models.Model):
    """A query of the queue that somebody comes back to, under a name of their own."""

    NAME_LENGTH = 40

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_filters", verbose_name="kullanıcı"
    )
    name = models.CharField("ad", max_length=NAME_LENGTH)
    query = models.CharField("sorgu", max_length=2000)

    class Meta:
        verbose_name = "kayıtlı süzgeç"
        verbose_name_plural = "kayıtlı süzgeçler"
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="saved_filter_once")]

    @override
    def __str__(self) -> str:
        return self.name


class Clock(models.TextChoices):
    FIRST_ACTION = "first_action", "İlk işlem hedefi"
    RESOLUTION = "resolution", "Çözüm hedefi"
    LEGAL = "legal", "Yasal süre"


class Stage(models.TextChoices):
    """How far a clock had run: four fifths of a target or the day of escalation by law, or the whole of it."""

    WARNING = "warning", "dolmak üzere"
    BREACH = "breach", "doldu"


class Breach(models.Model):
    """A clock that reached a stage while the work was not done: a fact, kept once, whatever happens later.

    `due_at` is the moment that passed, `at` when it was noticed, `department` whose ticket it was then.
    """

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="breaches", verbose_name="başvuru")
    clock = models.CharField("süre", max_length=12, choices=Clock)
    stage = models.CharField("aşama", max_length=7, choices=Stage)
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="breaches", verbose_name="birim"
    )
    due_at = models.DateTimeField("hedef an")
    at = models.DateTimeField("saptama")

    class Meta:
        verbose_name = "süre aşımı"
        verbose_name_plural = "süre aşımları"
        constraints = [models.UniqueConstraint(name="breach_once", fields=["ticket", "clock", "stage"])]

    @override
    def __str__(self) -> str:
        return f"{self.ticket.number}: {self.get_clock_display()} {self.get_stage_display()}"


class Notice(models.Model):
    """Word of a ticket to one member of staff: shown in the back office, mailed or messaged as they wish.

    Each round in which people hear of the same danger is a row of its own; whoever takes it on acknowledges one.
    """

    class Kind(models.TextChoices):
        WORK = "work", "Yeni iş"
        DANGER = "danger", "Tehlike"
        DEADLINE = "deadline", "Süre"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices", verbose_name="kime"
    )
    kind = models.CharField("tür", max_length=8, choices=Kind)
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="notices", verbose_name="başvuru")
    breach = models.ForeignKey(
        Breach, models.CASCADE, null=True, blank=True, related_name="notices", verbose_name="süre aşımı"
    )
    at = models.DateTimeField("zaman")
    seen_at = models.DateTimeField("görüldü", null=True, blank=True)
    acknowledged_at = models.DateTimeField("üstlenildi", null=True, blank=True)
    mailed_at = models.DateTimeField("e-posta gönderildi", null=True, blank=True)
    messaged_at = models.DateTimeField("mesaj gönderildi", null=True, blank=True)

    class Meta:
        verbose_name = "bildirim"
        verbose_name_plural = "bildirimler"
        indexes = [
            models.Index("at", name="notice_to_mail", condition=Q(mailed_at__isnull=True)),
            models.Index("at", name="notice_to_message", condition=Q(messaged_at__isnull=True)),
            models.Index("ticket", "at", name="notice_of_danger", condition=Q(kind="danger")),
            models.Index("user", F("at").desc(), name="notice_of_user"),
        ]
        constraints = [
            models.UniqueConstraint(name="notice_once", fields=["user", "breach"]),
            models.CheckConstraint(
                name="notice_breach_for_deadlines",
                condition=Q(kind="deadline", breach__isnull=False)
                | (~Q(kind="deadline") & Q(breach__isnull=True)),
            ),
        ]

    @override
    def __str__(self) -> str:
        match self.Kind(self.kind):
            case self.Kind.WORK:
                return f"{self.ticket.number}: yeni iş"
            case self.Kind.DANGER:
                return f"{self.ticket.number}: ACİL, {self.ticket.urgent_reason or 'tehlike bildirildi'}"
            case self.Kind.DEADLINE:
                return str(self.breach)


class NoticeWish(models.Model):
    """By what means somebody wants to hear of what, beside the back office. Who never chose gets DEFAULT_MAIL."""

    DEFAULT_MAIL = (Notice.Kind.DANGER, Notice.Kind.DEADLINE)

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="notice_wish", verbose_name="kullanıcı"
    )
    by_mail = ArrayField(
        models.CharField(max_length=8, choices=Notice.Kind),
        verbose_name="e-postayla",
        default=list,
        blank=True,
    )
    by_message = ArrayField(
        models.CharField(max_length=8, choices=Notice.Kind),
        verbose_name="WhatsApp’la",
        default=list,
        blank=True,
    )
    phone = models.CharField("telefon (E.164)", max_length=16, blank=True, default="")

    class Meta:
        verbose_name = "bildirim tercihi"
        verbose_name_plural = "bildirim tercihleri"

    @override
    def __str__(self) -> str:
        return str(self.user)


class CannedAnswer(models.Model):
    """A sentence that clerks write often, offered for the tickets of its category and status, or for all."""

    title = models.CharField("başlık", max_length=80, unique=True)
    text = models.TextField("metin", max_length=3000)
    category = models.ForeignKey(
        Category,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="konu",
        help_text="Boşsa her konuda sunulur.",
    )
    status = models.CharField(
        "durum", max_length=12, choices=Status, blank=True, default="", help_text="Boşsa her durumda sunulur."
    )
    active = models.BooleanField("kullanımda", default=True)

    class Meta:
        verbose_name = "hazır cevap"
        verbose_name_plural = "hazır cevaplar"

    @override
    def __str__(self) -> str:
        return self.title

    @override
    def clean(self) -> None:
        unknown = unknown_gaps(self.text)
        if unknown:
            known = ", ".join(f"{{{name}}}" for name in GAPS)
            raise ValidationError(
                {"text": f"Bilinmeyen yer tutucu: {', '.join(unknown)}. Kullanılabilenler: {known}."}
            )


class MonthlyReport(models.Model):
    """What was known of a month when it was over: drawn from here it says the same for ever, whatever changes later.

    `month` is its first day; without a department it is the mayor's, of the whole municipality. `figures` are those of
    `reports.monthly`.
    """

    month = models.DateField("ay")
    department = models.ForeignKey(
        Department,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="monthly_reports",
        verbose_name="birim",
    )
    figures = models.JSONField("sayılar")
    made_at = models.DateTimeField("hazırlanma")
    mailed_at = models.DateTimeField("e-posta gönderildi", null=True, blank=True)

    class Meta:
        verbose_name = "aylık rapor"
        verbose_name_plural = "aylık raporlar"
        constraints = [
            models.UniqueConstraint(
                name="monthly_report_once", fields=["month", "department"], nulls_distinct=False
            )
        ]

    @override
    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.department or 'belediye geneli'}"
