"""The workflow of a ticket: the table of permitted moves (MOVES), who may make each and what each needs.
The statuses and their names: statuses.py.

Pure: no query, no settings, no clock. A move is checked against a `Position` (the ticket's state) and the
`TicketRole`s that somebody has on the ticket; `permissions.parties` says which.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import TextChoices

# Whoever asks for moves speaks of statuses, too.
from tickets.statuses import ENDED as ENDED
from tickets.statuses import SETTLED as SETTLED
from tickets.statuses import UNRESOLVED as UNRESOLVED
from tickets.statuses import Outcome as Outcome
from tickets.statuses import Status as Status

REOPEN_WITHIN = timedelta(days=10)
CITIZEN_REOPENINGS = 2


class ActorKind(TextChoices):
    CITIZEN = "citizen", "Vatandaş"
    STAFF = "staff", "Personel"
    LINE = "line", "Hat"
    CLOCK = "clock", "Zamanlayıcı"


class TicketRole(TextChoices):
    """The role of somebody on one ticket."""

    AGENT = "agent", "Çağrı merkezi"
    MEMBER = "member", "Başvurunun birimi"
    HEAD = "head", "Başvurunun birim sorumlusu"
    SUPERVISOR = "supervisor", "Çağrı merkezi sorumlusu"
    CITIZEN = "citizen", "Başvuru sahibi"
    LINE = "line", "Hat"
    CLOCK = "clock", "Zamanlayıcı"


DEPARTMENT = frozenset({TicketRole.MEMBER, TicketRole.HEAD})
STAFF = DEPARTMENT | {TicketRole.AGENT, TicketRole.SUPERVISOR}


class MoveError(Exception):
    """A change the workflow refuses; `str()` is a Turkish sentence that says what to do."""


class StaleVersion(MoveError):
    """The ticket changed since it was read."""


class NoSuchMove(MoveError):
    """MOVES has no such move from the ticket's status."""


class NotAllowed(MoveError):
    """The move exists, but not for this role."""


class MissingFields(MoveError):
    """A field that the move needs is missing or invalid; `fields` maps each field's name to a Turkish sentence."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__(" ".join(fields.values()))
        self.fields = fields


NEEDED = {
    "department": "Başvurunun gideceği birimi seçin.",
    "planned_for": "Programa alındığı günü yazın.",
    "answer": "Vatandaşa gidecek metni yazın.",
    "reason": "Gerekçe yazın.",
    "note": "Birime neden iade ettiğinizi not edin.",
    "agency": "İlgili kurumu seçin.",
    "duplicate_of": "Asıl başvuruyu seçin.",
}


@dataclass(frozen=True)
class Move:
    """One permitted move. A supervisor may make every one of them.

    `by` are the roles that may make it, `needs` the required fields, `announced` says that the citizen gets a message
    when staff make it.
    """

    by: frozenset[TicketRole]
    needs: tuple[str, ...] = ()
    announced: bool = False


def _move(*by: TicketRole, needs: tuple[str, ...] = (), announced: bool = False) -> Move:
    return Move(frozenset(by), needs, announced)


AGENT, MEMBER, HEAD, CITIZEN, LINE, CLOCK = (
    TicketRole.AGENT,
    TicketRole.MEMBER,
    TicketRole.HEAD,
    TicketRole.CITIZEN,
    TicketRole.LINE,
    TicketRole.CLOCK,
)

_ASSIGN = _move(AGENT, needs=("department",))
_TAKE_BACK = _move(AGENT, MEMBER, needs=("department",))
_START = _move(MEMBER, announced=True)
_PLAN = _move(MEMBER, needs=("planned_for",), announced=True)
_ASK = _move(AGENT, MEMBER, needs=("answer",), announced=True)
_PROPOSE = _move(MEMBER, needs=("answer",))
_RESOLVE = _move(MEMBER, needs=("answer",), announced=True)
_REJECT = _move(AGENT, HEAD, needs=("reason", "answer"), announced=True)
_REDIRECT = _move(AGENT, needs=("agency",), announced=True)
_DUPLICATE = _move(AGENT, needs=("duplicate_of",), announced=True)
_CANCEL = _move(AGENT, CITIZEN, announced=True)
_CLOSE = _move(AGENT, CLOCK)
_REOPEN = _move(AGENT, CITIZEN, needs=("department",), announced=True)

MOVES: dict[Status, dict[Status, Move]] = {
    Status.NEW: {
        Status.ASSIGNED: _move(AGENT, LINE, needs=("department",)),
        Status.WAITING: _move(AGENT, needs=("answer",), announced=True),
        Status.REJECTED: _move(AGENT, needs=("reason", "answer"), announced=True),
        Status.REDIRECTED: _REDIRECT,
        Status.DUPLICATE: _DUPLICATE,
        Status.CANCELLED: _CANCEL,
    },
    Status.ASSIGNED: {
        Status.NEW: _move(AGENT, MEMBER, needs=("reason",)),
        Status.ASSIGNED: _ASSIGN,
        Status.IN_PROGRESS: _START,
        Status.PLANNED: _PLAN,
        Status.WAITING: _ASK,
        Status.REVIEW: _PROPOSE,
        Status.RESOLVED: _RESOLVE,
        Status.REJECTED: _REJECT,
        Status.REDIRECTED: _REDIRECT,
        Status.DUPLICATE: _DUPLICATE,
        Status.CANCELLED: _CANCEL,
    },
    Status.IN_PROGRESS: {
        Status.ASSIGNED: _TAKE_BACK,
        Status.PLANNED: _PLAN,
        Status.WAITING: _ASK,
        Status.REVIEW: _PROPOSE,
        Status.RESOLVED: _RESOLVE,
        Status.REJECTED: _REJECT,
        Status.CANCELLED: _CANCEL,
    },
    Status.PLANNED: {
        Status.ASSIGNED: _TAKE_BACK,
        Status.IN_PROGRESS: _START,
        Status.WAITING: _ASK,
        Status.REVIEW: _PROPOSE,
        Status.RESOLVED: _RESOLVE,
        Status.REJECTED: _REJECT,
        Status.CANCELLED: _CANCEL,
    },
    Status.WAITING: {  # of the first four only the status before waiting, and ASSIGNED
        Status.NEW: _move(AGENT, CITIZEN),
        Status.ASSIGNED: _move(AGENT, MEMBER, CITIZEN, needs=("department",)),
        Status.IN_PROGRESS: _move(MEMBER, CITIZEN),
        Status.PLANNED: _move(MEMBER, CITIZEN),
        Status.REJECTED: _REJECT,
        Status.CANCELLED: _CANCEL,
    },
    Status.REVIEW: {
        Status.RESOLVED: _move(AGENT, needs=("answer",), announced=True),
        Status.IN_PROGRESS: _move(AGENT, needs=("note",)),
    },
    Status.RESOLVED: {
        Status.CLOSED: _move(AGENT, CITIZEN, CLOCK),
        Status.ASSIGNED: _REOPEN,
    },
    Status.REJECTED: {Status.CLOSED: _CLOSE, Status.ASSIGNED: _REOPEN},
    Status.REDIRECTED: {Status.CLOSED: _CLOSE, Status.ASSIGNED: _REOPEN},
    Status.DUPLICATE: {Status.CLOSED: _CLOSE, Status.ASSIGNED: _REOPEN},
    Status.CLOSED: {Status.ASSIGNED: _REOPEN},
    Status.CANCELLED: {},
}


@dataclass(frozen=True)
class Position:
    """The state of a ticket that the rules depend on. `reopened` counts its reopenings so far."""

    status: Status
    waiting_from: Status | None = None
    answers_directly: bool = True
    outcome_at: datetime | None = None
    reopened: int = 0


def why_not(at: Position, to: Status, parties: Collection[TicketRole], now: datetime) -> str:
    """Why none of the parties may make that move now, in Turkish; empty where one may."""
    try:
        check_party(at, to, find_move(at, to, now), parties, now)
    except MoveError as refusal:
        return str(refusal)
    return ""


def find_move(at: Position, to: Status, now: datetime) -> Move:
    """The move from the ticket's status to `to`. Raises NoSuchMove if there is none at `now`."""
    move = MOVES[at.status].get(to)
    if move is None or (at.status is Status.WAITING and not _leaves_waiting(at, to)):
        raise NoSuchMove(
            f"“{at.status.label}” durumundaki başvuru “{to.label}” durumuna alınamaz. Sayfayı yenileyip "
            "sunulan işlemlerden birini seçin."
        )
    if at.status is Status.CLOSED and _reopening_expired(at, now):
        raise NoSuchMove(
            "Sonuçlanmasının üzerinden 10 gün geçen başvuru yeniden açılamaz. Yeni başvuru açın."
        )
    return move


def check_party(
    at: Position,
    to: Status,
    move: Move,
    parties: Collection[TicketRole],
    now: datetime,
    *,
    handover: bool = False,
) -> None:
    """Raises NotAllowed unless one of `parties` may make `move`; `handover` is to another department than before."""
    if TicketRole.SUPERVISOR in parties:
        return
    if move.by.isdisjoint(parties):
        raise NotAllowed(f"“{to.label}” işlemi için yetkiniz yok. Çağrı merkezi sorumlusuna başvurun.")
    if handover and DEPARTMENT.issuperset(parties):
        raise NotAllowed(
            "Başvuruyu başka birime çağrı merkezi gönderir. Size ait değilse gerekçesiyle iade edin."
        )
    if to is Status.RESOLVED and not at.answers_directly and TicketRole.AGENT not in parties:
        raise NotAllowed(
            "Biriminiz vatandaşa doğrudan cevap vermiyor. Cevabı “Cevap onayında” durumuyla çağrı merkezine gönderin."
        )
    if TicketRole.CITIZEN in parties:
        _check_citizen(at, to, now)


def check_needs(move: Move, given: Collection[str]) -> None:
    """Raises MissingFields, which names every field that `move` needs and that is not among the `given` ones."""
    missing = {field: NEEDED[field] for field in move.needs if field not in given}
    if missing:
        raise MissingFields(missing)


def check_move(
    at: Position,
    to: Status,
    *,
    parties: Collection[TicketRole],
    given: Collection[str],
    now: datetime,
    handover: bool = False,
) -> Move:
    """The move to `to`, if the table has it, one of the parties may make it and no field is missing.

    Raises NoSuchMove, NotAllowed or MissingFields, checked in this order.
    """
    move = find_move(at, to, now)
    check_party(at, to, move, parties, now, handover=handover)
    check_needs(move, given)
    return move


def moves_for(at: Position, parties: Collection[TicketRole], now: datetime) -> dict[Status, Move]:
    """The moves that one of the parties may make now, by new status, in the order of the table."""
    offered = {}
    for to in MOVES[at.status]:
        try:
            move = find_move(at, to, now)
            check_party(at, to, move, parties, now)
        except MoveError:
            continue
        offered[to] = move
    return offered


def _leaves_waiting(at: Position, to: Status) -> bool:
    return to in (at.waiting_from, Status.ASSIGNED, Status.REJECTED, Status.CANCELLED)


def _reopening_expired(at: Position, now: datetime) -> bool:
    return at.outcome_at is None or now > at.outcome_at + REOPEN_WITHIN


def _check_citizen(at: Position, to: Status, now: datetime) -> None:
    if at.status in ENDED and to is Status.ASSIGNED:
        if _reopening_expired(at, now):
            raise NotAllowed("Başvuru, sonuçlanmasından sonraki 10 gün içinde yeniden açılabilir.")
        if at.reopened >= CITIZEN_REOPENINGS:
            raise NotAllowed("Başvuru en çok iki kez yeniden açılabilir.")
    if at.status is Status.WAITING and to not in (at.waiting_from, Status.CANCELLED):
        raise NotAllowed("Vatandaşın cevabı başvuruyu yalnızca beklemeden önceki durumuna döndürür.")
