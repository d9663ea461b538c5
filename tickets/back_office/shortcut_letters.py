"""The letter by which each act on a ticket is done on the keyboard. Pure."""

from collections.abc import Mapping

from tickets.back_office.action_labels import ASSIGN, CALL, CLASSIFY, SPLIT
from tickets.record.statuses import ENDED, Status
from tickets.record.workflow import Position

# The letter of a transition, the same for every role: of some by where it leads, of others by what it does from where
# it is. A capital is pressed with Shift: what ends a request cannot be pressed by mistake.
LETTERS = {
    Status.NEW: "g",
    Status.ASSIGNED: "a",
    Status.IN_PROGRESS: "l",
    Status.PLANNED: "p",
    Status.WAITING: "s",
    Status.REVIEW: "v",
    Status.RESOLVED: "c",
    Status.REJECTED: "K",
    Status.REDIRECTED: "y",
    Status.DUPLICATE: "m",
    Status.CANCELLED: "I",
    Status.CLOSED: "c",
}
# Of acts that are no transitions; those without one are done by their buttons alone.
ACT_LETTERS: Mapping[str, str] = {CLASSIFY: "k", ASSIGN: "a", SPLIT: "i", CALL: "t"}
APPROVES = "o"  # what somebody has proposed


def letter(at: Position, to: Status) -> str:
    """The letter of the transition to `to`: O approves what is proposed, G gives back to whoever had it before."""
    approves = at.status is Status.REVIEW and to is Status.RESOLVED
    gives_back = (
        (at.status is Status.REVIEW and to is Status.IN_PROGRESS)
        or (at.status is Status.WAITING and to is at.waiting_from)
        or (to is Status.ASSIGNED and at.status in (Status.IN_PROGRESS, Status.PLANNED, *ENDED))
    )
    return APPROVES if approves else "g" if gives_back else LETTERS[to]
