"""A process of our own beside a worker, for work that needs more memory, time or applications than a task."""

import logging
import os
import subprocess
import sys
import time

from django.conf import settings

log = logging.getLogger(__name__)


class ProcessAside:
    """The process of one management command that this worker began, one at a time. The worker does not wait
    for it: it checks at every tick, and kills it after `seconds`.
    """

    def __init__(self, command: str, seconds: float) -> None:
        self._command, self._seconds = command, seconds
        self._running: subprocess.Popen[bytes] | None = None
        self._until = 0.0

    def is_busy(self) -> bool:
        """Whether it is still at work. One that takes too long is killed."""
        if self._running is None:
            return False
        if self._running.poll() is None and time.monotonic() >= self._until:
            self._running.kill()
            self._running.wait()
        if (status := self._running.poll()) is None:
            return True
        self._running = None
        if status != 0:
            log.error("the process %s ended with %s", self._command, status)
        return False

    def begin(self, *arguments: object) -> None:
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), self._command, *map(str, arguments)]
        environment = os.environ | {"DJANGO_SETTINGS_MODULE": "melikgazi.settings"}
        self._running = subprocess.Popen(command, env=environment)  # noqa: S603 - our own
        self._until = time.monotonic() + self._seconds
