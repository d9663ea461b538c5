from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from typing_extensions import override

from melikgazi.database.models import BackupRun
from melikgazi.observability.figures import operation

# How old the last good one may be: a night, or a week, and two hours for its taking.
OLDEST = {
    BackupRun.Kind.BACKUP: timedelta(days=1, hours=2),
    BackupRun.Kind.VERIFICATION: timedelta(days=7, hours=2),
    BackupRun.Kind.POINT_IN_TIME: timedelta(days=7, hours=2),
}


class Command(BaseCommand):
    help = "Son yedeği ve son denenen yedeği söyler; biri olması gerekenden eskiyse 1 ile biter."

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        wanted = [kind for kind in OLDEST if kind != BackupRun.Kind.POINT_IN_TIME or operation.archives()]
        wanting = [kind.label for kind in wanted if not self._is_fresh(kind)]
        if wanting:
            raise CommandError(
                f"Eksik: {', '.join(wanting)}."
                " Nedeni: journalctl -u 'melikgazi-backup*' -u 'pgbackrest-cozum*' --since -8d"
            )

    def _is_fresh(self, kind: BackupRun.Kind) -> bool:
        """Says how the last one went; whether a good one is young enough."""
        last, good = BackupRun.newest(kind), BackupRun.newest(kind, succeeded=True)
        for run in dict.fromkeys(filter(None, (last, good))):
            ended = timezone.localtime(run.ended_at).strftime("%d.%m.%Y %H.%M")
            self.stdout.write(
                f"{kind.label}: {ended}, {'sağlam' if run.succeeded else 'OLMADI'}. {run.detail}"
            )
        if last is None:
            self.stdout.write(f"{kind.label}: hiç yok.")
        return good is not None and good.ended_at > timezone.now() - OLDEST[kind]
