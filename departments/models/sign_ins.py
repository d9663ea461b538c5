"""Attempts to sign in."""

from django.db import models
from django.db.models import F
from typing_extensions import override


class SignIn(models.Model):
    """One attempt to sign in. Written before the password is looked at, so that many at once are counted, too."""

    class Result(models.TextChoices):
        WRONG = "wrong", "yanlış parola"
        RIGHT = "right", "girdi"
        LOCKED = "shut", "kilitliyken denendi"
        UNLOCKED = "freed", "kilidi açıldı"

    at = models.DateTimeField("zaman")
    name = models.CharField("kullanıcı", max_length=150)
    address = models.GenericIPAddressField("adres", null=True, blank=True)
    result = models.CharField("sonuç", max_length=5, choices=Result)

    class Meta:
        verbose_name = "giriş"
        verbose_name_plural = "girişler"
        indexes = [
            models.Index("name", F("at").desc(), name="sign_in_by_name"),
            models.Index("address", F("at").desc(), name="sign_in_by_address"),
            models.Index(F("at").desc(), name="sign_in_newest"),
        ]

    @override
    def __str__(self) -> str:
        return f"{self.name}: {self.get_result_display()}"
