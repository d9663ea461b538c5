"""Uploaded files between preview and confirmation: they may hold personal data and are deleted after an hour."""

import tempfile
from contextlib import suppress
from pathlib import Path
from time import time
from typing import IO, Any

from django.core.exceptions import SuspiciousFileOperation
from import_export.tmp_storages import TempFolderStorage
from typing_extensions import override

PREFIX = "melikgazi-tablo-"
KEPT_SECONDS = 3600.0


class Upload(TempFolderStorage):  # type: ignore[misc]  # import_export has no type hints
    """A temporary file readable by our own user alone. Each new one deletes those not confirmed within an hour."""

    name: str | None

    @override
    def get_full_path(self) -> str:
        """The path of an upload; a name from a form can open nothing but uploads."""
        name = Path(self.name or "").name
        if not name.startswith(PREFIX):
            raise SuspiciousFileOperation("not a file of ours")
        return str(Path(tempfile.gettempdir()) / name)

    @override
    def _open(self, mode: str = "r") -> IO[Any]:
        if self.name:
            opened: IO[Any] = super()._open(mode)
            return opened
        sweep()
        made = tempfile.NamedTemporaryFile(prefix=PREFIX, delete=False)  # noqa: SIM115 - the caller closes it
        self.name = made.name
        return made


def sweep() -> None:
    """Deletes uploads older than an hour."""
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):  # another process was quicker, or it is another user's
            if path.stat().st_mtime < time() - KEPT_SECONDS:
                path.unlink()
