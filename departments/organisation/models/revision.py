"""Which state the reference data is in."""

from django.db import models
from typing_extensions import override


class ReferenceRevision(models.Model):
    """The one row that triggers give a new number whenever a table changes that common/cache.py reads.

    The numbers come from a sequence, which no rollback turns back: the same number always means the same data.
    """

    id = models.SmallIntegerField(primary_key=True)
    value = models.BigIntegerField()

    class Meta:
        default_permissions = ()
        verbose_name = "başvuru verisi sürümü"
        verbose_name_plural = "başvuru verisi sürümü"
        constraints = [models.CheckConstraint(name="reference_revision_one_row", condition=models.Q(id=1))]

    @override
    def __str__(self) -> str:
        return str(self.value)
