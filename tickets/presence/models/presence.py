"""Who says that they are at their desk."""

from django.conf import settings
from django.db import models
from typing_extensions import override


class Presence(models.Model):
    """What somebody says of themselves: at their desk, on a break, gone. Without a row they have not said anything.

    When they last did something is not kept here but with their sessions (departments.StaffSession).
    """

    class State(models.TextChoices):
        HERE = "here", "Burada"
        BREAK = "break", "Molada"
        GONE = "gone", "Çıktı"

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        primary_key=True,
        related_name="presence",
        verbose_name="kullanıcı",
    )
    state = models.CharField("hâli", max_length=5, choices=State)
    since = models.DateTimeField("ne zamandan beri")

    class Meta:
        verbose_name = "hazır bulunma"
        verbose_name_plural = "hazır bulunanlar"

    @override
    def __str__(self) -> str:
        return f"{self.user}: {self.get_state_display()}"
