"""What the installation knows of itself."""

from melikgazi.models.heartbeats import Heartbeat
from melikgazi.models.installation import BackupRun, OldestRelease

__all__ = ["BackupRun", "Heartbeat", "OldestRelease"]
