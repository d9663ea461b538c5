"""Departments, other agencies, the roles of staff and the duty roster."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.timezone import localtime
from typing_extensions import override

from departments.organisation.models.roles import DEPARTMENT_ROLES, Role

# Known all over the country. Any other number is told only after somebody has confirmed it.
NATIONAL_NUMBERS = frozenset({"112", "185", "186", "187"})
# The agency that stands for all that have no row of their own.
UNNAMED_AGENCY = "diger"


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
    sure_offset = models.FloatField(
        "öğrenilen güven payı",
        default=0.0,
        db_default=0.0,
        editable=False,
        help_text="Az düzeltilen birimde küçülür, çok düzeltilende büyür; kategorilerin güven eşiğine eklenir.",
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
    numbers_source = models.CharField(
        "numaraların kaynağı", max_length=200, blank=True, default="", help_text="Kurumun sayfası, yazısı …"
    )
    numbers_confirmed_on = models.DateField(
        "numaraların doğrulandığı gün",
        null=True,
        blank=True,
        help_text="Boşken vatandaşa yalnızca 112, 185, 186 ve 187 söylenir.",
    )
    text = models.TextField(
        "vatandaşa söylenen",
        help_text="İşin kime ait olduğunu söyleyen cümle; telefon ve WhatsApp kendiliğinden eklenir.",
    )

    class Meta:
        verbose_name = "kurum"
        verbose_name_plural = "kurumlar"

    @override
    def __str__(self) -> str:
        return self.name

    @property
    def told_phone(self) -> str:
        """The telephone number where citizens may be told it, '' otherwise."""
        return self.phone if self.numbers_confirmed_on or self.phone in NATIONAL_NUMBERS else ""

    @property
    def told(self) -> str:
        """What a Turkish-speaking citizen is told: the sentence, and the numbers that it does not name itself."""
        numbers = [
            ("Telefon", self.told_phone),
            ("WhatsApp", self.whatsapp * bool(self.numbers_confirmed_on)),
        ]
        named = [f"{what}: {number}." for what, number in numbers if number and number not in self.text]
        return " ".join([self.text, *named])


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


class DutyShift(models.Model):
    """When somebody is on duty and is notified of danger, nights and weekends included; moments, not days."""

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
        help_text="Boşsa bütün acil başvuruları, doluysa yalnızca bu müdürlüğünkileri duyar; nöbeti boyunca bunların "
        "gizli olanlarını da okur.",
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
        return f"{self.user}: {starts:%d.%m.%Y %H.%M}–{ends:%d.%m.%Y %H.%M}"
