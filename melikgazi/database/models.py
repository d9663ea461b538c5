"""What the installation knows of itself: which code its tables are for, and how its last backups went."""

import contextlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from django.db import DatabaseError, models
from django.utils import timezone
from typing_extensions import override

DETAIL = 1000  # characters of an error


class OldestRelease(models.Model):
    """The last migration of an app that code must know to live on these tables: a row an app (schema.py)."""

    app = models.CharField("uygulama", max_length=40, primary_key=True)
    migration = models.CharField("son göç", max_length=200)

    class Meta:
        default_permissions = ()
        verbose_name, verbose_name_plural = "en eski sürüm", "en eski sürümler"

    @override
    def __str__(self) -> str:
        return f"{self.app}.{self.migration}"


class BackupRun(models.Model):
    """One attempt to take a backup or to verify one, and what came of it."""

    class Kind(models.TextChoices):
        BACKUP = "backup", "yedek"
        VERIFICATION = "verification", "yedeğin denenmesi"
        FILE = "file", "bir dosyanın denenmesi"  # of any age: it makes no backup newer
        # Written by deploy/pgbackrest/verify, which knows no Django.
        POINT_IN_TIME = "point_in_time", "saniyesine dönülebilen yedeğin denenmesi"

    kind = models.CharField("iş", max_length=20, choices=Kind)
    ended_at = models.DateTimeField("bitti")
    succeeded = models.BooleanField("başarılı")
    detail = models.TextField("ne oldu")

    class Meta:
        default_permissions = ()
        verbose_name, verbose_name_plural = "yedekleme", "yedeklemeler"
        ordering = ("-ended_at", "-id")
        indexes = (models.Index(fields=("kind", "-ended_at"), name="backup_run_newest"),)

    @override
    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.detail}"

    @classmethod
    def newest(cls, kind: str, **only: Any) -> "BackupRun | None":
        """The last one of that kind; with `succeeded=True` the last that went well. One that was verified is a backup,
        too, and a file that was verified is a verification.
        """
        return cls.objects.filter(kind__in=cls._counted_as(kind), **only).first()

    @classmethod
    def last(cls) -> "LastRuns":
        """How the last of each kind went, in one statement."""
        runs = cls.objects.order_by("kind", "succeeded", "-ended_at", "-id").distinct("kind", "succeeded")
        return LastRuns(tuple(runs))

    @classmethod
    def _counted_as(cls, kind: str) -> set[str]:
        also = {cls.Kind.BACKUP: cls.Kind.VERIFICATION, cls.Kind.VERIFICATION: cls.Kind.FILE}
        return {kind, also.get(cls.Kind(kind), kind)}

    @classmethod
    @contextlib.contextmanager
    def recorded(cls, kind: str) -> Iterator["BackupRun"]:
        """Writes down how the block went: what it says of itself in `detail`, or its error. Where no database answers,
        which a backup may fail by, nothing is written.
        """
        run = cls(kind=kind, succeeded=True)
        try:
            yield run
        except Exception as error:
            run.succeeded, run.detail = False, str(error)[:DETAIL]
            raise
        finally:
            run.ended_at = timezone.now()
            with contextlib.suppress(DatabaseError):
                run.save()


class LastRuns(NamedTuple):
    """The last run of each kind that succeeded, and the last that failed."""

    runs: tuple[BackupRun, ...]

    def succeeded_at(self, kind: str) -> datetime | None:
        """When one of that kind last went well."""
        return max((run.ended_at for run in self._of(kind) if run.succeeded), default=None)

    def failed(self, kind: str) -> bool:
        """Whether the last of that kind failed."""
        last = max(self._of(kind), key=lambda run: (run.ended_at, run.pk), default=None)
        return last is not None and not last.succeeded

    def _of(self, kind: str) -> list[BackupRun]:
        return [run for run in self.runs if run.kind in BackupRun._counted_as(kind)]
