"""Categories of requests, their targets, and the questions that applications ask with them."""

import re

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from typing_extensions import override

from departments.organisation.models.departments import Agency, Department


class PlaceNeed(models.TextChoices):
    """Whether a category needs a place."""

    REQUIRED = "required", "gerekli"
    USEFUL = "useful", "yararlı"
    NONE = "none", "sorulmaz"


class Category(models.Model):
    """What a request is about: groups on level one, below them what tickets carry.

    Targets are counted in working hours and days (see working_hours.py); zero means answered by the line itself. Each
    change of them is kept as a `TargetVersion`.
    """

    code = models.SlugField("kod", max_length=40, unique=True)
    name = models.CharField("ad", max_length=120)
    public_name = models.CharField(
        "vatandaşın okuduğu ad",
        max_length=60,
        blank=True,
        default="",
        help_text="Bir iki sözcük: “Su”, “Çöp”. Boşsa konu yerine vatandaşın kendi sözleri yazılır.",
    )
    public_name_en = models.CharField(
        "vatandaşın okuduğu ad (İngilizce)", max_length=60, blank=True, default=""
    )
    public_name_ar = models.CharField("vatandaşın okuduğu ad (Arapça)", max_length=60, blank=True, default="")
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
    first_action_hours = models.PositiveSmallIntegerField("İlk işlem hedefi (çalışma saati)", default=0)
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
        default=0.75,
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

    def public_name_in(self, language: str) -> str:
        """The name that citizens of that language ("tr", "en", "ar") read; '' where the category is no subject."""
        return {"en": self.public_name_en, "ar": self.public_name_ar}.get(language, self.public_name)

    def current_target(self) -> "TargetVersion | None":
        """The version that tickets opened now get; None before the category is saved."""
        return self.targets.order_by("-valid_from", "-id").first()


class TargetVersion(models.Model):
    """The targets of a category from a moment on, until the next version; tickets keep the one they opened with."""

    category = models.ForeignKey(
        Category, models.CASCADE, related_name="targets", verbose_name="kategori", editable=False
    )
    first_action_hours = models.PositiveSmallIntegerField("İlk işlem hedefi (çalışma saati)")
    resolution_days = models.PositiveSmallIntegerField("çözüm hedefi (iş günü)")
    valid_from = models.DateTimeField("geçerlilik başlangıcı", db_default=Now(), editable=False)

    class Meta:
        verbose_name = "hedef sürümü"
        verbose_name_plural = "hedef sürümleri"
        indexes = [models.Index("category", F("valid_from").desc(), name="target_newest")]

    @override
    def __str__(self) -> str:
        return f"{self.first_action_hours} saat, {self.resolution_days} iş günü"


class CategoryQuestion(models.Model):
    """What other applications ask beyond words and place when somebody reports something of the category (Open311).

    `choices` are `{"key", "name"}` in the order shown, for the two kinds of list alone.
    """

    class Datatype(models.TextChoices):
        """The type of the answer, by GeoReport v2's name."""

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
