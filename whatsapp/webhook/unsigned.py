"""Remembers that a request came which another app secret signed: a line with the wrong one hears nothing else of it.

Anybody may send such requests. So a process writes at most once in APART, and never waits for the row.
"""

import logging
import math
import re
import time

from django.db import DatabaseError, connection
from django.utils import timezone

from whatsapp.conversations.models.deliveries import InboundDelivery
from whatsapp.number import pace

log = logging.getLogger(__name__)

APART = 10.0  # seconds
_BY_A_SECRET = re.compile(r"sha256=[0-9a-f]{64}")


class UnsignedRequests:
    """Those that this process refused."""

    def __init__(self) -> None:
        self._due_at = -math.inf  # on the monotonic clock

    def note(self, signature: str) -> None:
        """A request with this signature was refused just now; one that Meta cannot have written is left out."""
        if not _BY_A_SECRET.fullmatch(signature) or time.monotonic() < self._due_at:
            return
        self._due_at = time.monotonic() + APART
        try:
            pace.note_unsigned(timezone.now(), heard_at=InboundDelivery.objects.last_received_at())
        except DatabaseError as error:
            log.warning("unsigned request not noted: %s", type(error).__name__)
            connection.close()


requests = UnsignedRequests()
