"""What all tests of a module go on from, done once: a talk, a ticket, whatever it takes a line to get there."""

import shutil
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from django.test import override_settings
from pytest_django import DjangoDbBlocker

from tests.once import once
from tests.whatsapp.base import put_base_data
from tests.whatsapp.line import Line
from tests.whatsapp.meta import Meta

T = TypeVar("T")


@dataclass
class Beginning(Generic[T]):
    """What was done: what it gave, the line it was done on, what Meta knows of it, and the files."""

    made: T
    line: Line
    known: dict[str, Any]
    files: Path

    def go_on(self, meta: Meta, files: Path) -> T:
        """What it gave, as if it had just been done on a line of the test's own."""
        meta.remember(self.known)
        shutil.copytree(self.files, files, dirs_exist_ok=True)
        line = Line(meta)
        line.now = self.line.now
        return deepcopy(self.made, {id(self.line): line})


@dataclass
class Stage:
    meta: Meta
    files: Path
    blocker: DjangoDbBlocker

    def begin(self, act: Callable[[Line], T]) -> Iterator[Beginning[T]]:
        """For a fixture of a module's scope (see `once`); the tests call `go_on` on what they get."""

        def write() -> Beginning[T]:
            self.meta.forget()
            reached = {"WHATSAPP_GRAPH_URL": self.meta.url, "WHATSAPP_MEDIA_HOSTS": [self.meta.host]}
            with override_settings(MEDIA_ROOT=str(self.files), **reached):
                put_base_data()
                line = Line(self.meta)
                return Beginning(act(line), line, self.meta.known_now(), self.files)

        yield from once(self.blocker, write)
