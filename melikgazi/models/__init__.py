from melikgazi.models.installation import BackupRun, OldestRelease

__all__ = ["BackupRun", "OldestRelease"]
