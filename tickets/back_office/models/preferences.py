"""How each user works at the desk."""

from django.conf import settings
from django.db import models
from typing_extensions import override


class DeskPreference(models.Model):
    """How a user works at the desk: whether single letters are keys of it. Without a row they are."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="desk_preference",
        verbose_name="kullanıcı",
    )
    letters = models.BooleanField("tek harfle işlem", default=True, db_default=True)

    class Meta:
        verbose_name = "masa tercihi"
        verbose_name_plural = "masa tercihleri"

    @override
    def __str__(self) -> str:
        return str(self.user)
