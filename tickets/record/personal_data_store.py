"""What is asked of a channel for the law on personal data: to export, erase and destroy what it holds of people."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from django.db.models import QuerySet


@dataclass(frozen=True)
class RetentionRule:
    """Something that is destroyed for its age: `rule` is the kind of `Retention` by which it is `due`.

    `destroy` lets the rows with these keys go, within the caller's transaction, and returns the files they named.
    `lock_first` locks what stands before these rows in the lock order (docs/failures-and-locks.md).
    """

    rule: str
    name: str
    due: "QuerySet[Any]"
    destroy: Callable[[list[int], datetime], Collection[str]]
    lock_first: Callable[[list[int]], None] = lambda _keys: None


@dataclass(frozen=True)
class PersonalDataExport:
    """All that is held of somebody, for themselves: plain values by Turkish names; `files` by the names used there,
    with the names in the private storage.
    """

    contents: dict[str, Any]
    files: dict[str, str]


@dataclass(frozen=True)
class ShownText:
    """A version of the privacy notice as somebody was shown it; `text` is empty where it is not known any more."""

    at: datetime
    version: str
    language: str
    text: str


class DataStore(Protocol):
    """What a channel holds of people, for the law on personal data. People and tickets are given by their keys."""

    def named(self, phone: str, /) -> list[int]:
        """The citizens who have that number (E.164) now."""

    def export(self, citizen: int, /) -> PersonalDataExport:
        """All that is held of a citizen and of nobody else."""

    def lock(self, people: Collection[int], /) -> None:
        """Locks their talks and all that they sent, until the caller's transaction ends: before their tickets."""

    def busy(self, people: Collection[int], /) -> str:
        """Why they cannot be forgotten at this moment, in Turkish; empty when they can."""

    def talked_since(self, moment: datetime, /) -> "QuerySet[Any]":
        """The keys of the citizens to or from whom a word went since then."""

    def retention_rules(
        self, limits: Mapping[str, datetime], on_hold: Collection[int], /
    ) -> list[RetentionRule]:
        """What is due for its age, of nobody on hold. `limits` are those of `Retention`."""

    def detach_files(self, attachments: Collection[int], /) -> list[str]:
        """Gives up its own copies of these attachments; returns the files."""

    def forget_tickets(self, tickets: Collection[int], /) -> list[str]:
        """Empties what was said about these tickets; returns the files. What reports count stays."""

    def forget_people(self, people: Collection[int], /) -> list[str]:
        """Empties or deletes all that is held of these people; returns the files. Locks what `lock` does."""

    def notices(self, citizen: int, /) -> "list[ShownText]":
        """The privacy notices that the citizen was shown, oldest first."""

    def files(self, folder: str, /) -> set[str]:
        """The files below that folder of the private storage that its rows name."""


class NoDataStore:
    """Nothing is held of anybody."""

    def named(self, _phone: str, /) -> list[int]:
        return []

    def export(self, _citizen: int, /) -> PersonalDataExport:
        return PersonalDataExport({}, {})

    def lock(self, _people: Collection[int], /) -> None:
        return None

    def busy(self, _people: Collection[int], /) -> str:
        return ""

    def talked_since(self, _moment: datetime, /) -> "QuerySet[Any]":
        from tickets.record.models.citizen import Citizen

        return Citizen.objects.none().values("pk")

    def retention_rules(
        self, _limits: Mapping[str, datetime], _on_hold: Collection[int], /
    ) -> list[RetentionRule]:
        return []

    def notices(self, _citizen: int, /) -> list[ShownText]:
        return []

    def detach_files(self, _attachments: Collection[int], /) -> list[str]:
        return []

    def forget_tickets(self, _tickets: Collection[int], /) -> list[str]:
        return []

    def forget_people(self, _people: Collection[int], /) -> list[str]:
        return []

    def files(self, _folder: str, /) -> set[str]:
        return set()
