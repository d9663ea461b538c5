"""A citizen's service request: what it is about, where, whose work it is, and how its clocks stand."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce
from typing_extensions import override

from departments.models import Agency, Category, Department, Neighbourhood, TargetVersion
from departments.text.identity_numbers import is_masked
from tickets.record.models.citizen import Citizen
from tickets.record.models.ticket_choices import Kind, LocationSource, Priority, Source
from tickets.record.models.ticket_figures import FIGURES, SURE
from tickets.record.statuses import ENDED, Outcome, Status
from tickets.record.workflow import Position

REGISTRY_NUMBER_LENGTH = 60


# Life is in danger, or may be.
DANGER = ~Q(danger="") | Q(danger_unsure=True) | Q(restricted=True)
OPEN_DANGER = Q(outcome__isnull=True) & DANGER
DANGER_TARGET = timedelta(minutes=5)  # from the report until somebody has claimed it

# What rings until somebody claims it: a danger to life whatever becomes of its ticket, since no word of a citizen ends
# it; what may be one, until a person has looked at it; urgent work, until the ticket has moved.
UNACKNOWLEDGED_DANGER = Q(claimed_by__isnull=True) & (
    Q(restricted=True)
    | (~Q(danger="") & Q(danger_unsure=False))
    | Q(danger_unsure=True, first_action_at__isnull=True)
    | Q(urgent=True, status=Status.NEW)
)


# Stands for "waits for nothing" where tickets are sorted by how long somebody waits: after all that do.
NOBODY_WAITS = datetime(2100, 1, 1, tzinfo=UTC)


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
    # The key of the kind (departments/danger_reader/kinds.py); empty where no life is in danger.
    danger = models.CharField("tehlike", max_length=20, blank=True, default="")
    # Not sure: the citizen got the conditional line, and a person is to read it within minutes.
    danger_unsure = models.BooleanField("tehlike belirsiz", default=False)
    # For those on duty alone: somebody's life may hang on who reads it.
    restricted = models.BooleanField("gizli", default=False)
    # They wrote that they cannot call 112 or get out: whoever claims it calls.
    helpless = models.BooleanField("112’yi arayamıyor", default=False, db_default=False)
    # When it was seen that the warning had not reached them; None while nothing says so.
    unwarned_at = models.DateTimeField("uyarı iletilemedi", null=True, blank=True)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="tehlikeyi üstlenen",
    )
    claimed_at = models.DateTimeField("üstlenildi", null=True, blank=True)

    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="tickets", verbose_name="birim"
    )
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="tickets", verbose_name="konu"
    )
    neighbourhood = models.ForeignKey(
        Neighbourhood,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="tickets",
        verbose_name="mahalle",
        db_index=False,  # ticket_of_neighbourhood begins with it
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

    # Under what it is kept elsewhere: in the registry of papers (EBYS), at the Presidency (CİMER).
    registry_number = models.CharField(
        "evrak no (EBYS)", max_length=REGISTRY_NUMBER_LENGTH, blank=True, default="", db_default=""
    )
    cimer_number = models.CharField(
        "CİMER no", max_length=REGISTRY_NUMBER_LENGTH, blank=True, default="", db_default=""
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
        db_index=False,  # ticket_of_assignee begins with it
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
    outcome_at = models.DateTimeField("sonuç tarihi", null=True, blank=True)
    resolved_at = models.DateTimeField("çözülme", null=True, blank=True)
    # Working hours in which the municipality had to act, up to `worked_until` (NULL: the clock is paused).
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
    reopened = models.PositiveSmallIntegerField("kaç kez yeniden açıldı", default=0)
    # When the citizen said their last word, while no person has told them anything since; NULL where nobody waits.
    waits_since = models.DateTimeField("cevap bekliyor", null=True, blank=True)

    satisfaction_score = models.PositiveSmallIntegerField(
        "memnuniyet", null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    satisfaction_comment = models.TextField("memnuniyet notu", blank=True, default="")
    rated_at = models.DateTimeField("değerlendirme", null=True, blank=True)
    routed = models.JSONField("yönlendirme önerisi", null=True, blank=True)
    # Parts of `routed` that the report on the router counts, as columns, so that an index can cover them.
    said_category = models.GeneratedField(
        expression=KT("routed__category"), output_field=models.TextField(), db_persist=True
    )
    said_department = models.GeneratedField(
        expression=KT("routed__department"), output_field=models.TextField(), db_persist=True
    )
    said_surely = models.GeneratedField(expression=SURE, output_field=models.BooleanField(), db_persist=True)
    published_text = models.TextField("yayımlanan metin", blank=True, default="")
    search = models.TextField("arama metni", blank=True, default="", editable=False)
    # When the citizen and the texts were erased.
    forgotten_at = models.DateTimeField("anonimleştirme", null=True, blank=True, editable=False)
    # The transaction that wrote the row last, by a trigger (tickets/rest_api/change_feed.py).
    changed_in = models.BigIntegerField("yazan işlem", default=0, db_default=0, editable=False)

    class Meta:
        verbose_name = "başvuru"
        verbose_name_plural = "başvurular"
        indexes = [
            models.Index(F("created_at").desc(), F("id").desc(), name="ticket_newest"),
            models.Index(F("updated_at").desc(), F("id").desc(), name="ticket_changed"),
            models.Index("changed_in", "id", name="ticket_changed_in"),
            models.Index("department", F("created_at").desc(), name="ticket_of_department"),
            models.Index(
                "neighbourhood", F("created_at").desc(), F("id").desc(), name="ticket_of_neighbourhood"
            ),
            models.Index("status", F("created_at").desc(), name="ticket_by_status"),
            models.Index("kind", F("created_at").desc(), name="ticket_of_kind"),
            models.Index(Coalesce("resolution_due_at", "legal_due_at"), F("id"), name="ticket_due"),
            models.Index(
                Coalesce("resolution_due_at", "legal_due_at"),
                F("id"),
                name="ticket_open_due",
                condition=Q(outcome__isnull=True),
            ),
            models.Index(Coalesce("waits_since", NOBODY_WAITS), F("id"), name="ticket_waits"),
            models.Index(
                fields=["waits_since", "id"],
                name="ticket_open_waits",
                condition=Q(outcome__isnull=True, waits_since__isnull=False),
            ),
            models.Index(
                fields=["legal_due_at", "id"], name="ticket_open_legal", condition=Q(outcome__isnull=True)
            ),
            models.Index("assignee", F("created_at").desc(), name="ticket_of_assignee"),
            models.Index(
                fields=["assignee", "waits_since"],
                name="ticket_in_hand",
                condition=Q(outcome__isnull=True, assignee__isnull=False),
            ),
            models.Index(
                "channel",
                F("created_at").desc(),
                name="ticket_of_channel",
                condition=~Q(channel=Source.WHATSAPP),
            ),
            models.Index("registry_number", name="ticket_registry", condition=~Q(registry_number="")),
            models.Index("cimer_number", name="ticket_cimer", condition=~Q(cimer_number="")),
            models.Index("id", name="ticket_to_claim", condition=UNACKNOWLEDGED_DANGER),
            models.Index(
                F("created_at").desc(),
                F("id").desc(),
                name="ticket_of_danger",
                condition=DANGER,
            ),
            models.Index("citizen", name="ticket_restricted", condition=Q(restricted=True)),
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
            # Of a region and a time, wherever little was reported: Open311.
            models.Index(
                fields=["lat", "lon", "created_at"], name="ticket_region", condition=Q(lat__isnull=False)
            ),
            models.Index("created_at", name="ticket_open", condition=Q(outcome__isnull=True)),
            # All that the panel's map tells of a ticket, and by what it is found for whoever sees but some.
            models.Index(
                F("created_at").desc(),
                F("id").desc(),
                include=[
                    *("number", "lat", "lon", "category", "status", "urgent", "danger", "danger_unsure"),
                    *("claimed_at", "waiting_since", "resolution_due_at", "resolution_warn_at"),
                    *("legal_due_at", "legal_near_at", "department", "assignee"),
                ],
                name="ticket_open_on_map",
                condition=Q(outcome__isnull=True, lat__isnull=False, restricted=False),
            ),
            models.Index("created_at", name="ticket_urgent", condition=Q(outcome__isnull=True, urgent=True)),
            models.Index(
                "satisfaction_score",
                F("created_at").desc(),
                name="ticket_rated",
                condition=Q(satisfaction_score__isnull=False),
            ),
            models.Index(
                "closed_at",
                name="ticket_to_forget",
                condition=Q(closed_at__isnull=False, forgotten_at__isnull=True),
            ),
            GinIndex(name="ticket_search", fields=["search"], opclasses=["gin_trgm_ops"]),
            *FIGURES,
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

    _loaded: tuple[Collection[str], Collection[Any]]  # the fields and their values as they were read

    @classmethod
    @override
    def from_db(
        cls, db: str | None, field_names: Collection[str], values: Collection[Any], **rest: Any
    ) -> Self:
        row = super().from_db(db, field_names, values, **rest)
        row._loaded = (field_names, values)
        return row

    def save_changes(self) -> None:
        """Writes the columns that are not as they were read from the database, and no others."""
        names, values = self._loaded
        now = [getattr(self, name) for name in names]
        changed = [name for name, was, value in zip(names, values, now, strict=True) if was != value]
        self.save(update_fields=changed)
        self._loaded = (names, now)

    @property
    def hides_identity(self) -> bool:
        """Whether a T.C. identity number was hidden in the description."""
        return is_masked(self.description)

    @property
    def is_danger(self) -> bool:
        """Whether life is in danger, or may be: as DANGER, for a ticket that was read already."""
        return bool(self.danger) or self.danger_unsure or self.restricted

    def position(self) -> Position:
        """The ticket's state for the workflow's rules."""
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


def is_open_danger(ticket: Ticket) -> bool:
    """The same as OPEN_DANGER, for a ticket that was read already."""
    return ticket.outcome is None and ticket.is_danger
