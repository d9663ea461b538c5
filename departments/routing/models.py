"""Trained models of the router, corrections by staff, routing rules, and grey zones between agencies."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from shapely.errors import ShapelyError
from shapely.geometry import shape
from typing_extensions import override

LAST_HOUR = 23


class RouterModel(models.Model):
    """A model trained here that passed training/router_retraining.py; the newest active row is in use."""

    version = models.CharField("sürüm", max_length=40, unique=True)
    recipe = models.PositiveSmallIntegerField("tarif")
    content = models.BinaryField("İçerik")
    scores = models.JSONField("ölçümler")
    corrections = models.PositiveIntegerField("öğrenilen düzeltme sayısı")
    lessons = models.TextField("ne öğrendi", blank=True, db_default="")
    active = models.BooleanField("kullanımda", default=True)
    created_at = models.DateTimeField("öğrenildiği an", db_default=Now(), editable=False)

    class Meta:
        verbose_name = "yönlendirme modeli"
        verbose_name_plural = "yönlendirme modelleri"

    @override
    def __str__(self) -> str:
        return self.version


class OutsideShare(models.Model):
    """What share of this installation's requests is another body's job, and how many each body answered for; the
    newest row counts, the first are few.
    """

    share = models.FloatField("pay")
    tickets = models.PositiveIntegerField("sayılan başvuru")
    tickets_by_body = models.JSONField("sayılan başvuru, birim ve kurum", default=dict, db_default={})
    at = models.DateTimeField("an", db_default=Now(), editable=False)

    class Meta:
        verbose_name = "başka kurum payı"
        verbose_name_plural = "başka kurum payları"

    @override
    def __str__(self) -> str:
        return f"%{100 * self.share:.1f}"


class Correction(models.Model):
    """What staff decided of a request: a labelled row to learn from. Another subject than the router's is a
    correction; the same, where the router was not sure and somebody had to look, a confirmation.

    It holds no link to the ticket, and the text was anonymised before it was stored (KVKK art. 7).
    """

    text = models.TextField("metin")
    kind = models.CharField("tür", max_length=12)
    urgent = models.BooleanField("acil", default=False)
    said = models.CharField("yönlendiricinin önerdiği kategori", max_length=40)
    category = models.ForeignKey("departments.Category", models.PROTECT, verbose_name="doğru kategori")
    model_version = models.CharField("model sürümü", max_length=40)
    at = models.DateTimeField("düzeltme")

    class Meta:
        verbose_name = "düzeltme"
        verbose_name_plural = "düzeltmeler"

    @override
    def __str__(self) -> str:
        return f"{self.said} → {self.category.code}"


class GreyZone(models.Model):
    """A question to the clerk where a category borders on somebody else's job."""

    category = models.ForeignKey(
        "departments.Category", models.CASCADE, related_name="grey_zones", verbose_name="kategori"
    )
    agency = models.ForeignKey(
        "departments.Agency", models.PROTECT, null=True, blank=True, verbose_name="görevli olabilecek kurum"
    )
    question = models.CharField("soru", max_length=200)

    class Meta:
        verbose_name = "görev sınırı sorusu"
        verbose_name_plural = "görev sınırı soruları"
        constraints = [
            models.UniqueConstraint(
                name="grey_zone_once",
                fields=["category", "question"],
                violation_error_message="Bu soru zaten var.",
            )
        ]

    @override
    def __str__(self) -> str:
        return self.question


class RoutingRule(models.Model):
    """A rule of staff that beats the model. Every condition given must hold; the first rule by position decides."""

    name = models.CharField("ad", max_length=100, unique=True)
    position = models.PositiveSmallIntegerField("sıra", help_text="Küçük olan önce denenir.")
    active = models.BooleanField("kullanımda", default=True)
    words = models.TextField(
        "sözcükler",
        blank=True,
        help_text="Her satıra bir kök ya da söz öbeği; biri geçiyorsa koşul sağlanır. “!” ile biten sözcük tam aranır.",
    )
    given = models.ForeignKey(
        "departments.Category",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="modelin önerdiği kategori",
    )
    neighbourhoods = models.ManyToManyField(
        "departments.Neighbourhood", blank=True, verbose_name="mahalleler"
    )
    area = models.JSONField("alan (GeoJSON çokgeni)", null=True, blank=True)
    from_hour = models.PositiveSmallIntegerField(
        "saatten", null=True, blank=True, validators=[MaxValueValidator(LAST_HOUR)]
    )
    to_hour = models.PositiveSmallIntegerField(
        "saate kadar",
        null=True,
        blank=True,
        validators=[MaxValueValidator(LAST_HOUR)],
        help_text="Bu saat dâhil değildir; gece yarısını aşabilir (22–6).",
    )
    earlier_tickets = models.PositiveSmallIntegerField(
        "önceki başvuru sayısı",
        null=True,
        blank=True,
        help_text="Vatandaşın en az bu kadar eski başvurusu varsa.",
    )
    category = models.ForeignKey(
        "departments.Category",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="kategorisi şu olsun",
    )
    department = models.ForeignKey(
        "departments.Department",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="birimi şu olsun",
    )
    triage = models.BooleanField("önce çağrı merkezi baksın", default=False)
    updated_at = models.DateTimeField("güncellenme", auto_now=True)

    class Meta:
        verbose_name = "yönlendirme kuralı"
        verbose_name_plural = "yönlendirme kuralları"
        constraints = [
            models.CheckConstraint(
                name="rule_does_something",
                condition=Q(triage=True) | Q(category__isnull=False) | Q(department__isnull=False),
                violation_error_message="Kural bir kategori, bir birim ya da çağrı merkezini göstermelidir.",
            ),
            models.CheckConstraint(
                name="rule_hours_together",
                condition=Q(from_hour__isnull=True, to_hour__isnull=True)
                | Q(from_hour__isnull=False, to_hour__isnull=False),
                violation_error_message="Saat aralığının iki ucunu da yazın.",
            ),
        ]

    @override
    def __str__(self) -> str:
        return self.name

    @override
    def clean(self) -> None:
        if self.area is not None and not _is_polygon(self.area):
            raise ValidationError({"area": "Geçerli bir GeoJSON çokgeni (Polygon ya da MultiPolygon) değil."})


def _is_polygon(area: Any) -> bool:
    try:
        geometry = shape(area)
    except (ShapelyError, AttributeError, KeyError, TypeError, ValueError):
        return False
    return geometry.geom_type in ("Polygon", "MultiPolygon") and geometry.is_valid and not geometry.is_empty
