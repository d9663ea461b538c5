"""Mahalleler, and main roads of other agencies."""

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from typing_extensions import override

from departments.organisation.models.departments import Agency
from departments.text.folding import sort_key


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
    def save(self, *args: Any, **kwargs: Any) -> None:
        self.sort_key = sort_key(self.name)
        if "name" in (kwargs.get("update_fields") or ()):
            kwargs["update_fields"] = [*kwargs["update_fields"], "sort_key"]
        super().save(*args, **kwargs)


class Artery(models.Model):
    """A main road of another agency (Law 5216: Büyükşehir's), as lines and the width of road and pavements."""

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
