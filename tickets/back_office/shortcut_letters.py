"""The letter by which each act on a ticket is done on the keyboard. Pure."""

from collections.abc import Mapping

from tickets.back_office.action_labels import CALL, SPLIT
from tickets.record.statuses import ASSIGN, CLASSIFY, ENDED, STATUSES, Status
from tickets.record.workflow import Position

# Of acts that are no transitions; those without one are done by their buttons alone.
ACT_LETTERS: Mapping[str, str] = {CLASSIFY: "k", ASSIGN: "a", SPLIT: "i", CALL: "t"}
APPROVES = "o"  # what somebody has proposed


def letter(at: Position, to: Status) -> str:
    """The letter of the transition to `to`, the same for every role.

    O approves what is proposed, G gives back to whoever had it before; else it is the letter of the new status.
    """
    approves = at.status is Status.REVIEW and to is Status.RESOLVED
    gives_back = (
        (at.status is Status.REVIEW and to is Status.IN_PROGRESS)
        or (at.status is Status.WAITING and to is at.waiting_from)
        or (to is Status.ASSIGNED and at.status in (Status.IN_PROGRESS, Status.PLANNED, *ENDED))
    )
    return APPROVES if approves else "g" if gives_back else STATUSES[to].letter
