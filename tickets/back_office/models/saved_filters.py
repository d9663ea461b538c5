"""Filters of the queue that somebody keeps under a name."""

from django.conf import settings
from django.db import models
from typing_extensions import override


class SavedFilter(models.Model):
    """A named filter of the queue, as a query string: a user's own, or `shared` with the whole office."""

    NAME_LENGTH = 40
    QUERY_LENGTH = 2000

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_filters", verbose_name="kullanıcı"
    )
    name = models.CharField("ad", max_length=NAME_LENGTH)
    query = models.CharField("sorgu", max_length=QUERY_LENGTH)
    shared = models.BooleanField("herkese açık", default=False, db_default=False)

    class Meta:
        verbose_name = "kayıtlı süzgeç"
        verbose_name_plural = "kayıtlı süzgeçler"
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="saved_filter_once")]

    @override
    def __str__(self) -> str:
        return self.name
