"""Tickets in which life is in danger: which are open, what their kinds are called, what to ask 112 for."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from departments.danger_reader.kinds import kinds
from tickets.record.models.ticket import Ticket, is_open_danger
from tickets.record.models.timeline import TicketEvent

ADVICE = Path(__file__).with_name("advice.toml")


@dataclass(frozen=True)
class DangerAdvice:
    """What whoever claims a danger does and asks 112 for, and what they never do."""

    do: tuple[str, ...]
    never: tuple[str, ...]


def is_shut(ticket: Ticket) -> bool:
    """Whether lists show neither name nor words nor photo: of a restricted ticket, of an open danger. Who opens the
    ticket is logged, who reads a list is not.
    """
    return ticket.restricted or is_open_danger(ticket)


def said_to_be_none(citizen: int, since: datetime) -> list[tuple[int, str, datetime]]:
    """What staff said since then is no danger, of this citizen's tickets, the last first: the ticket's key, the kind
    that it was, and when they said so.
    """
    entries = TicketEvent.objects.filter(ticket__citizen=citizen, kind=TicketEvent.Kind.DANGER, at__gt=since)
    still = entries.filter(data__danger="", ticket__danger="", ticket__danger_unsure=False)
    found = still.order_by("-id").values_list("ticket", "data__from_danger", "at")
    return [(ticket, kind, at) for ticket, kind, at in found if kind in kinds()]


def name_of(danger: str) -> str:
    """The Turkish name of a kind; a plain word for one that is no longer in the file."""
    kind = kinds().get(danger)
    return kind.name if kind else "can tehlikesi"


def advice_for(danger: str) -> DangerAdvice:
    """The advice for the kind, else of its family, else the general one."""
    advice = _advice()
    kind = kinds().get(danger)
    return advice.get(danger) or advice.get(kind.family if kind else "") or advice["other"]


@cache
def _advice() -> Mapping[str, DangerAdvice]:
    read = tomllib.loads(ADVICE.read_text(encoding="utf-8"))
    return {
        key: DangerAdvice(tuple(lists["do"]), tuple(lists.get("never", ()))) for key, lists in read.items()
    }
