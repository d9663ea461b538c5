"""Who answers for what and when: departments and categories, other agencies, hours, places, and what staff are here."""

import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.timezone import localtime
from typing_extensions import override

from .clock import Shifts
from .folding import sort_key
from .router_models import Correction, GreyZone, RouterModel, RoutingRule
from .signins import SignIn

__all__ = [
    "Agency",
    "Artery",
    "Category",
    "CategoryQuestion",
    "Correction",
    "Department",
    "GreyZone",
    "Membership",
    "Neighbourhood",
    "PlaceNeed",
    "Role",
    "RouterModel",
    "RoutingRule",
    "SignIn",
    "SpecialDay",
    "TargetVersion",
    "Weekday",
    "WorkingHours",
]


class Department(models.Model):
    """A directorate (müdürlük) of the municipality, the unit a ticket is sent to."""

    code = models.SlugField("kod", max_length=20, unique=True)
    name = models.CharField("ad", max_length=100)
    note = models.TextField("not", blank=True)
    answers_directly = models.BooleanField(
        "doğrudan cevaplar",
        default=True,
        help_text="Kapalıysa birimin cevabı vatandaşa gitmeden önce çağrı merkezinin onayına düşer.",
    )
    active = models.BooleanField("kullanımda", default=True)

    class Meta:
        verbose_name = "müdürlük"
        verbose_name_plural = "müdürlükler"

    @override
    def __str__(self) -> str:
        return self.name


class Agency(models.Model):
    """Another body whose job a request may be: the water works, the electricity company, the police."""

    code = models.SlugField("kod", max_length=20, unique=True)
    name = models.CharField("ad", max_length=100)
    phone = models.CharField("telefon", max_length=30, blank=True)
    whatsapp = models.CharField("WhatsApp", max_length=30, blank=True)
    text = models.TextField(
        "vatandaşa söylenen", help_text="İşin kime ait olduğunu ve nereden ulaşılacağını söyleyen cümle."
    )

    class Meta:
        verbose_name = "kurum"
        verbose_name_plural = "kurumlar"

    @override
    def __str__(self) -> str:
        return self.name


class PlaceNeed(models.TextChoices):
    """How far a category needs to know where."""

    REQUIRED = "required", "gerekli"
    USEFUL = "useful", "yararlı"
    NONE = "none", "sorulmaz"


class Category(models.Model):
    """What a request is about: groups on level one, below them what tickets carry.

    Targets are counted in working hours and days (see clock.py); zero means answered by the line itself. Each change
    of them is kept as a `TargetVersion`.
    """

    code = models.SlugField("kod", max_length=40, unique=True)
    name = models.CharField("ad", max_length=120)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="grup"
    )
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="categories", verbose_name="müdürlük"
    )
    agency = models.ForeignKey(
        Agency,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="categories",
        verbose_name="görevli kurum",
        help_text="Doluysa iş belediyenin değil, bu kurumundur.",
    )
    first_action_hours = models.PositiveSmallIntegerField("ilk işlem hedefi (çalışma saati)", default=0)
    resolution_days = models.PositiveSmallIntegerField("çözüm hedefi (iş günü)", default=0)
    place = models.CharField("yer bilgisi", max_length=8, choices=PlaceNeed, default=PlaceNeed.NONE)
    restricted = models.BooleanField(
        "kısıtlı", default=False, help_text="Özel nitelikli kişisel veri içerir; az kişi görür."
    )
    radius_m = models.PositiveSmallIntegerField(
        "mükerrer arama yarıçapı (m)",
        default=100,
        validators=[MinValueValidator(1), MaxValueValidator(250)],
    )
    sure_from = models.FloatField(
        "güven eşiği",
        default=0.6,
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text="Yönlendirici bu güvenden (0–1) itibaren başvuruyu kimse bakmadan birime iletir.",
    )
    note = models.TextField("not", blank=True)
    active = models.BooleanField("kullanımda", default=True)
    updated_at = models.DateTimeField("güncellenme", auto_now=True)

    class Meta:
        verbose_name = "kategori"
        verbose_name_plural = "kategoriler"
        constraints = [
            models.CheckConstraint(
                name="category_group_or_work",
                condition=Q(parent__isnull=True, department__isnull=True, agency__isnull=True)
                | Q(parent__isnull=False, department__isnull=False),
                violation_error_message="Grubun müdürlüğü ve kurumu olmaz; kategorinin müdürlüğü olur.",
            ),
            models.CheckConstraint(
                name="category_radius",
                condition=Q(radius_m__gte=1, radius_m__lte=250),
                violation_error_message="Yarıçap 1 ile 250 metre arasında olmalıdır.",
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.name

    @override
    def save(self, *args: object, **kwargs: object) -> None:
        with transaction.atomic():
            super().save(*args, **kwargs)  # type: ignore[arg-type]
            current = self.current_target()
            targets = {"first_action_hours": self.first_action_hours, "resolution_days": self.resolution_days}
            if current is None or any(getattr(current, name) != value for name, value in targets.items()):
                self.targets.create(**targets)

    def current_target(self) -> "TargetVersion | None":
        """The version that tickets opened now get; None before the category is saved."""
        return self.targets.order_by("-valid_from", "-id").first()


class TargetVersion(models.Model):
    """The targets of a category from a moment on, until the next version; tickets keep the one they opened with."""

    category = models.ForeignKey(
        Category, models.CASCADE, related_name="targets", verbose_name="kategori", editable=False
    )
    first_action_hours = models.PositiveSmallIntegerField("ilk işlem hedefi (çalışma saati)")
    resolution_days = models.PositiveSmallIntegerField("çözüm hedefi (iş günü)")
    valid_from = models.DateTimeField("geçerlilik başlangıcı", db_default=Now(), editable=False)

    class Meta:
        verbose_name = "hedef sürümü"
        verbose_name_plural = "hedef sürümleri"
        indexes = [models.Index("category", F("valid_from").desc(), name="target_newest")]

    @override
    def __str__(self) -> str:
        return f"{self.first_action_hours} saat, {self.resolution_days} iş günü"


class Weekday(models.IntegerChoices):
    MONDAY = 0, "Pazartesi"
    TUESDAY = 1, "Salı"
    WEDNESDAY = 2, "Çarşamba"
    THURSDAY = 3, "Perşembe"
    FRIDAY = 4, "Cuma"
    SATURDAY = 5, "Cumartesi"
    SUNDAY = 6, "Pazar"


class WorkingHours(models.Model):
    """One shift of a weekday in Europe/Istanbul: of one department, or of all that have no hours of their own."""

    department = models.ForeignKey(
        Department,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="working_hours",
        verbose_name="müdürlük",
        help_text="Boşsa kendi saati olmayan bütün müdürlükler için geçerlidir.",
    )
    weekday = models.PositiveSmallIntegerField("gün", choices=Weekday)
    opens = models.TimeField("başlangıç")
    closes = models.TimeField("bitiş", help_text="Aynı gün içinde; gece yarısı için 23:59.")
    updated_at = models.DateTimeField("güncellenme", auto_now=True)

    class Meta:
        verbose_name = "çalışma saati"
        verbose_name_plural = "çalışma saatleri"
        constraints = [
            models.CheckConstraint(
                name="hours_open_before_they_close",
                condition=Q(opens__lt=F("closes")),
                violation_error_message="Bitiş başlangıçtan sonra olmalıdır.",
            )
        ]

    @override
    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}–{self.closes:%H:%M}"


class SpecialDay(models.Model):
    """A day unlike others (administrative leave, a Saturday worked): closed, or open during the hours given.

    It outweighs weekday and public holiday; a department's own outweighs the municipality's.
    """

    department = models.ForeignKey(
        Department,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="special_days",
        verbose_name="müdürlük",
        help_text="Boşsa bütün müdürlükler için geçerlidir.",
    )
    day = models.DateField("gün")
    name = models.CharField("ad", max_length=100, help_text="Örneğin: idari izin.")
    opens = models.TimeField("başlangıç", null=True, blank=True, help_text="Saatler boşsa o gün çalışılmaz.")
    closes = models.TimeField("bitiş", null=True, blank=True)
    updated_at = models.DateTimeField("güncellenme", auto_now=True)

    class Meta:
        verbose_name = "özel gün"
        verbose_name_plural = "özel günler"
        constraints = [
            models.UniqueConstraint(
                name="special_day_once",
                fields=["department", "day"],
                nulls_distinct=False,
                violation_error_message="Bu gün zaten girilmiş.",
            ),
            models.CheckConstraint(
                name="special_day_closed_or_open",
                condition=Q(opens__isnull=True, closes__isnull=True)
                | Q(opens__isnull=False, closes__isnull=False, opens__lt=F("closes")),
                violation_error_message="İki saati de boş bırakın ya da bitişi başlangıçtan sonra girin.",
            ),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.day:%d.%m.%Y} {self.name}"

    @property
    def shifts(self) -> Shifts:
        """When people work on that day; empty when they do not."""
        return () if self.opens is None or self.closes is None else ((self.opens, self.closes),)


class CategoryQuestion(models.Model):
    """What other applications ask beyond words and place when somebody reports something of the category (Open311).

    `choices` are `{"key", "name"}` in the order shown, for the two kinds of list alone.
    """

    class Datatype(models.TextChoices):
        """How it is answered, in the words of GeoReport v2."""

        STRING = "string", "kısa yazı"
        TEXT = "text", "uzun yazı"
        NUMBER = "number", "sayı"
        DATETIME = "datetime", "tarih ve saat"
        ONE_OF = "singlevaluelist", "tek seçim"
        SOME_OF = "multivaluelist", "çok seçim"

    category = models.ForeignKey(Category, models.CASCADE, related_name="questions", verbose_name="kategori")
    code = models.SlugField("kod", max_length=40)
    text = models.CharField("soru", max_length=200)
    datatype = models.CharField("cevap türü", max_length=16, choices=Datatype)
    required = models.BooleanField("zorunlu", default=False)
    hint = models.CharField("cevap için açıklama", max_length=200, blank=True, default="")
    order = models.PositiveSmallIntegerField("sıra", default=1)
    choices = models.JSONField("seçenekler", default=list, blank=True)

    class Meta:
        verbose_name = "kategori sorusu"
        verbose_name_plural = "kategori soruları"
        constraints = [
            models.UniqueConstraint(
                name="category_question_once",
                fields=["category", "code"],
                violation_error_message="Bu kategoride bu kodla bir soru zaten var.",
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.text

    @override
    def clean(self) -> None:
        """A list has at least two choices, each with a key and a name; anything else has none."""
        listed = self.datatype in (self.Datatype.ONE_OF, self.Datatype.SOME_OF)
        if listed != bool(self.choices) or not _are_choices(self.choices):
            raise ValidationError(
                {
                    "choices": 'Seçim sorusunda [{"key": "kopek", "name": "Köpek"}, …] yazın, diğerlerinde boş bırakın.'
                }
            )


def _are_choices(choices: object) -> bool:
    if not isinstance(choices, list) or not all(isinstance(each, dict) for each in choices):
        return False
    keys = [str(each.get("key") or "") for each in choices]
    return (
        all(
            set(each) == {"key", "name"} and isinstance(each["name"], str) and each["name"]
            for each in choices
        )
        and all(re.fullmatch(r"[\w-]+", key) for key in keys)
        and len(set(keys)) == len(keys)
    )


class Neighbourhood(models.Model):
    """A mahalle or industrial zone: its centroid (WGS 84) and, once imported, its boundary."""

    class Kind(models.TextChoices):
        MAHALLE = "mahalle", "mahalle"
        SANAYI = "sanayi", "sanayi bölgesi"

    code = models.SlugField("kod", max_length=40, unique=True)
    name = models.CharField("ad", max_length=80, unique=True)
    full_name = models.CharField("tam ad", max_length=100)
    kind = models.CharField("tür", max_length=8, choices=Kind, default=Kind.MAHALLE)
    aliases = models.JSONField("diğer yazılışlar", default=list, blank=True)
    lat = models.FloatField("enlem")
    lon = models.FloatField("boylam")
    area_km2 = models.FloatField("yüzölçümü (km²)", null=True, blank=True)
    boundary = models.JSONField("sınır (GeoJSON)", null=True, blank=True)
    sort_key = models.CharField("sıralama anahtarı", max_length=80, blank=True, editable=False)
    updated_at = models.DateTimeField("güncellenme", auto_now=True)

    class Meta:
        verbose_name = "mahalle"
        verbose_name_plural = "mahalleler"

    @override
    def __str__(self) -> str:
        return self.name

    @override
    def save(self, *args: object, **kwargs: object) -> None:
        self.sort_key = sort_key(self.name)
        super().save(*args, **kwargs)  # type: ignore[arg-type]


class Artery(models.Model):
    """A main road that is another body's (Law 5216: Büyükşehir's), as lines and the width of road and pavements."""

    name = models.CharField("ad", max_length=100, unique=True)
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="arteries", verbose_name="sorumlu kurum")
    width_m = models.PositiveSmallIntegerField(
        "genişlik (m)", validators=[MinValueValidator(1), MaxValueValidator(200)]
    )
    lines = models.JSONField("çizgiler (GeoJSON)")
    updated_at = models.DateTimeField("güncellenme", auto_now=True)

    class Meta:
        verbose_name = "ana arter"
        verbose_name_plural = "ana arterler"

    @override
    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """What a member of staff is. Heads and crews belong to a department, the others to the whole line."""

    OPERATOR = "operator", "çağrı merkezi görevlisi"
    SUPERVISOR = "supervisor", "çağrı merkezi sorumlusu"
    HEAD = "head", "birim sorumlusu"
    CREW = "crew", "saha ekibi"
    DPO = "dpo", "kişisel veri sorumlusu"


DEPARTMENT_ROLES: tuple[Role, ...] = (Role.HEAD, Role.CREW)


class DutyShift(models.Model):
    """When somebody is on duty and hears of danger, nights and weekends included; moments, not days."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="duty_shifts", verbose_name="nöbetçi"
    )
    starts_at = models.DateTimeField("başlangıç")
    ends_at = models.DateTimeField("bitiş")
    department = models.ForeignKey(
        Department,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="duty_shifts",
        verbose_name="müdürlük",
        help_text="Boşsa bütün acil başvuruları, doluysa yalnızca bu müdürlüğünkileri duyar.",
    )

    class Meta:
        verbose_name = "nöbet"
        verbose_name_plural = "nöbet çizelgesi"
        constraints = [
            models.CheckConstraint(
                name="duty_ends_after_it_starts",
                condition=Q(starts_at__lt=F("ends_at")),
                violation_error_message="Bitiş başlangıçtan sonra olmalıdır.",
            ),
            models.UniqueConstraint(
                name="duty_once",
                fields=["user", "starts_at", "department"],
                nulls_distinct=False,
                violation_error_message="Bu nöbet zaten girilmiş.",
            ),
        ]
        indexes = [models.Index("ends_at", name="duty_end")]

    @override
    def __str__(self) -> str:
        starts, ends = localtime(self.starts_at), localtime(self.ends_at)
        return f"{self.user}: {starts:%d.%m.%Y %H:%M}–{ends:%d.%m.%Y %H:%M}"


class Membership(models.Model):
    """One role of one member of staff; somebody may hold several."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships", verbose_name="kullanıcı"
    )
    role = models.CharField("görev", max_length=10, choices=Role)
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="memberships", verbose_name="müdürlük"
    )

    class Meta:
        verbose_name = "görevlendirme"
        verbose_name_plural = "görevlendirmeler"
        constraints = [
            models.UniqueConstraint(
                name="membership_once",
                fields=["user", "role", "department"],
                nulls_distinct=False,
                violation_error_message="Bu görevlendirme zaten var.",
            ),
            models.CheckConstraint(
                name="membership_department_fits_role",
                condition=Q(role__in=DEPARTMENT_ROLES, department__isnull=False)
                | Q(~Q(role__in=DEPARTMENT_ROLES), department__isnull=True),
                violation_error_message="Birim görevi bir müdürlüğe bağlıdır, diğer görevler bağlı değildir.",
            ),
        ]

    @override
    def __str__(self) -> str:
        where = f", {self.department}" if self.department else ""
        return f"{self.user}: {self.get_role_display()}{where}"
