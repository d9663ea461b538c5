"""A fault in the settings, and what several rules ask of a value."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.core import checks

from whatsapp.graph.client import is_loopback


@dataclass(frozen=True, slots=True)
class SettingRule:
    """One fault: when it is there, what it is, and how to mend it. The letter of the id says how bad it is."""

    id: str
    found: Callable[[], bool]
    text: str
    hint: str

    def check(self) -> Iterator[checks.CheckMessage]:
        kind = checks.Error if ".E" in self.id else checks.Warning
        if self.found():
            yield kind(self.text, hint=self.hint, id=self.id)


def is_web(url: str) -> bool:
    """Whether it is an address that a browser or Meta can open."""
    return urlsplit(url).scheme in ("http", "https") and bool(urlsplit(url).hostname)


def is_safe(url: str) -> bool:
    """https; or http that does not leave this machine."""
    return is_web(url) and (urlsplit(url).scheme == "https" or is_loopback(host_of(url)))


def host_of(url: str) -> str:
    return urlsplit(url).hostname or ""


def is_no_secret(word: str) -> bool:
    """Too short or too simple to withstand guessing."""
    return len(word) < 16 or len(set(word)) < 6
