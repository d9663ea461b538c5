"""Fault injection: errors of the real API and network, a given number of times or until cleared."""

import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from whatsapp.emulator.records import ControlError, Json

ANY = "any"
KINDS: Mapping[str, Json] = {
    # webhooks
    "duplicate": {"copies": 1},  # so many more of the same body
    "shuffle": {"seconds": 2.0},  # each is late by a random time up to this
    "delay": {"seconds": 2.0},
    "hold": {},  # collected until released
    "batch": {"size": 3},  # collected, then that many changes in one body
    "wrong_secret": {},
    # statuses; "status" narrows it
    "late_status": {"seconds": 5.0, "status": ANY},
    "missing_status": {"status": ANY},
    "duplicate_status": {"copies": 1, "status": ANY},
    "failed_status": {"code": 131026},  # accepted, then failed with this code
    "window_as_status": {},  # outside the window a send is accepted, then failed with 131047
    # answers of the Graph API; "on" narrows it
    "lost_answer": {
        "how": "close",
        "seconds": 30.0,
    },  # accepted, but the answer never comes
    "slow_answer": {"seconds": 3.0, "on": "messages"},
    "http_500": {"on": "messages"},  # before anything happened
    "error": {"code": 130429, "on": "messages"},  # 130429, 131056, 80007, 131047 …
    "dead_token": {},  # 190 to everything
    # media
    "media_gone": {},  # the id is unknown
    "media_url_expired": {},  # the address is
    "media_wrong_sha": {},
    "media_truncated": {},
    "media_oversized": {"bytes": 101 << 20},
    "media_redirect": {"to": "https://example.org/"},
}
CHOICES: Mapping[str, tuple[str, ...]] = {
    "status": (ANY, "sent", "delivered", "read", "played", "failed"),
    "on": (ANY, "messages", "upload", "media", "file", "number", "templates", "apps"),
    "how": ("close", "timeout"),
}


@dataclass
class Fault:
    """An active fault. `left` counts down to zero; None means until cleared."""

    kind: str
    options: Json
    left: int | None


class Faults:
    """At most one fault of each kind is set at a time."""

    def __init__(self) -> None:
        self._active: dict[str, Fault] = {}
        self._lock = threading.Lock()

    def set(self, kind: str, count: int | None = None, **options: object) -> Json:
        """Sets a fault for the next `count` times, or until cleared.

        Raises:
            ControlError: an unknown kind or option, or an option of the wrong type.
        """
        known = KINDS.get(kind)
        if known is None:
            raise ControlError(f"No such fault: {kind}. There are: {', '.join(KINDS)}")
        for name, value in options.items():
            if name not in known:
                raise ControlError(f"{kind} has no option {name}")
            if not isinstance(value, (int, float) if isinstance(known[name], float) else type(known[name])):
                raise ControlError(f"{kind}: {name} must be like {known[name]!r}")
            if name in CHOICES and value not in CHOICES[name]:
                raise ControlError(f"{kind}: {name} is one of {', '.join(CHOICES[name])}")
        if count is not None and count < 1:
            raise ControlError("count must be at least 1")
        fault = Fault(kind, {**known, **options}, count)
        with self._lock:
            self._active[kind] = fault
        return asdict(fault)

    def take(self, kind: str, **where: str) -> Fault | None:
        """The fault if it is set and its options match, counted as used once; else None."""
        with self._lock:
            fault = self._active.get(kind)
            if fault is None or any(fault.options[name] not in (ANY, value) for name, value in where.items()):
                return None
            if fault.left is not None:
                fault.left -= 1
                if fault.left == 0:
                    del self._active[kind]
            return fault

    def is_set(self, kind: str) -> Fault | None:
        """The fault if it is set, without using it."""
        with self._lock:
            return self._active.get(kind)

    def clear(self, kind: str | None = None) -> None:
        with self._lock:
            if kind is None:
                self._active.clear()
            else:
                self._active.pop(kind, None)

    def listed(self) -> list[Json]:
        with self._lock:
            return [asdict(fault) for fault in self._active.values()]
