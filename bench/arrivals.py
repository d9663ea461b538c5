"""A stand-in for the Graph API that notes when each message arrives."""

import json
import time

from typing_extensions import override

from tests.whatsapp.meta import Answer, Meta


class Arrivals(Meta):
    """`arrived` are moments of the monotonic clock; each answer takes so many seconds."""

    def __init__(self, seconds: float) -> None:
        self.arrived: list[float] = []
        self._seconds = seconds
        super().__init__()

    @override
    def _answer(self, method: str, path: str, body: bytes) -> Answer:
        at = time.monotonic()
        answer = super()._answer(method, path, body)
        if path.endswith("/messages") and "status" not in json.loads(body):
            self.arrived.append(at)
            answer.seconds = self._seconds
        return answer
