"""What the installation knows of itself."""

from melikgazi.database.models import BackupRun, OldestRelease
from melikgazi.workers.models import Heartbeat

__all__ = ["BackupRun", "Heartbeat", "OldestRelease"]
