"""The workflow of a ticket: the table of permitted transitions (TRANSITIONS), who may make each and what each needs.
The statuses and their names: statuses.py.

Pure: no query, no settings, no clock. A transition is checked against a `Position` (the ticket's state) and the
`TicketRole`s that somebody has on the ticket; `permissions.parties` says which.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import TextChoices

from tickets.record.statuses import ENDED, Status

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


class TransitionError(Exception):
    """A change the workflow refuses; `str()` is a Turkish sentence that says what to do."""


class StaleVersion(TransitionError):
    """The ticket changed since it was read."""


class NoSuchTransition(TransitionError):
    """TRANSITIONS has no such transition from the ticket's status."""


class NotAllowed(TransitionError):
    """The transition exists, but not for this role."""


class MissingFields(TransitionError):
    """A field that the transition needs is missing or invalid; `fields` maps each field's name to a Turkish
    sentence.
    """

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
class Transition:
    """One permitted transition. A supervisor may make every one of them.

    `by` are the roles that may make it, `needs` the required fields, `announced` says that the citizen gets a message
    when staff make it.
    """

    by: frozenset[TicketRole]
    needs: tuple[str, ...] = ()
    announced: bool = False


def _transition(*by: TicketRole, needs: tuple[str, ...] = (), announced: bool = False) -> Transition:
    return Transition(frozenset(by), needs, announced)


AGENT, MEMBER, HEAD, CITIZEN, LINE, CLOCK = (
    TicketRole.AGENT,
    TicketRole.MEMBER,
    TicketRole.HEAD,
    TicketRole.CITIZEN,
    TicketRole.LINE,
    TicketRole.CLOCK,
)

_ASSIGN = _transition(AGENT, needs=("department",))
_TAKE_BACK = _transition(AGENT, MEMBER, needs=("department",))
_START = _transition(MEMBER, announced=True)
_PLAN = _transition(MEMBER, needs=("planned_for",), announced=True)
_ASK = _transition(AGENT, MEMBER, needs=("answer",), announced=True)
_PROPOSE = _transition(MEMBER, needs=("answer",))
_RESOLVE = _transition(MEMBER, needs=("answer",), announced=True)
_REJECT = _transition(AGENT, HEAD, needs=("reason", "answer"), announced=True)
_REDIRECT = _transition(AGENT, needs=("agency",), announced=True)
_DUPLICATE = _transition(AGENT, needs=("duplicate_of",), announced=True)
_CANCEL = _transition(AGENT, CITIZEN, announced=True)
_CLOSE = _transition(AGENT, CLOCK)
_REOPEN = _transition(AGENT, CITIZEN, needs=("department",), announced=True)

TRANSITIONS: dict[Status, dict[Status, Transition]] = {
    Status.NEW: {
        Status.ASSIGNED: _transition(AGENT, LINE, needs=("department",)),
        Status.WAITING: _transition(AGENT, needs=("answer",), announced=True),
        Status.REJECTED: _transition(AGENT, needs=("reason", "answer"), announced=True),
        Status.REDIRECTED: _REDIRECT,
        Status.DUPLICATE: _DUPLICATE,
        Status.CANCELLED: _CANCEL,
    },
    Status.ASSIGNED: {
        Status.NEW: _transition(AGENT, MEMBER, needs=("reason",)),
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
        Status.NEW: _transition(AGENT, CITIZEN),
        Status.ASSIGNED: _transition(AGENT, MEMBER, CITIZEN, needs=("department",)),
        Status.IN_PROGRESS: _transition(MEMBER, CITIZEN),
        Status.PLANNED: _transition(MEMBER, CITIZEN),
        Status.REJECTED: _REJECT,
        Status.CANCELLED: _CANCEL,
    },
    Status.REVIEW: {
        Status.RESOLVED: _transition(AGENT, needs=("answer",), announced=True),
        Status.IN_PROGRESS: _transition(AGENT, needs=("note",)),
    },
    Status.RESOLVED: {
        Status.CLOSED: _transition(AGENT, CITIZEN, CLOCK),
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
    """Why none of the parties may make that transition now, in Turkish; empty where one may."""
    try:
        check_party(at, to, find_transition(at, to, now), parties, now)
    except TransitionError as refusal:
        return str(refusal)
    return ""


def find_transition(at: Position, to: Status, now: datetime) -> Transition:
    """The transition from the ticket's status to `to`. Raises NoSuchTransition if there is none at `now`."""
    transition = TRANSITIONS[at.status].get(to)
    if transition is None or (at.status is Status.WAITING and not _leaves_waiting(at, to)):
        raise NoSuchTransition(
            f"“{at.status.label}” durumundaki başvuru “{to.label}” durumuna alınamaz. Sayfayı yenileyip "
            "sunulan işlemlerden birini seçin."
        )
    if at.status is Status.CLOSED and _reopening_expired(at, now):
        raise NoSuchTransition(
            "Sonuçlanmasının üzerinden 10 gün geçen başvuru yeniden açılamaz. Yeni başvuru açın."
        )
    return transition


def check_party(
    at: Position,
    to: Status,
    transition: Transition,
    parties: Collection[TicketRole],
    now: datetime,
    *,
    handover: bool = False,
) -> None:
    """Raises NotAllowed unless one of `parties` may make the transition; `handover` is to another department."""
    if TicketRole.SUPERVISOR in parties:
        return
    if transition.by.isdisjoint(parties):
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


def check_needs(transition: Transition, given: Collection[str]) -> None:
    """Raises MissingFields, which names every field that `transition` needs and that is not among the `given` ones."""
    missing = {field: NEEDED[field] for field in transition.needs if field not in given}
    if missing:
        raise MissingFields(missing)


def check_transition(
    at: Position,
    to: Status,
    *,
    parties: Collection[TicketRole],
    given: Collection[str],
    now: datetime,
    handover: bool = False,
) -> Transition:
    """The transition to `to`, if the table has it, one of the parties may make it and no field is missing.

    Raises NoSuchTransition, NotAllowed or MissingFields, checked in this order.
    """
    transition = find_transition(at, to, now)
    check_party(at, to, transition, parties, now, handover=handover)
    check_needs(transition, given)
    return transition


def transitions_for(at: Position, parties: Collection[TicketRole], now: datetime) -> dict[Status, Transition]:
    """The transitions that one of the parties may make now, by new status, in the order of the table."""
    offered = {}
    for to in TRANSITIONS[at.status]:
        try:
            transition = find_transition(at, to, now)
            check_party(at, to, transition, parties, now)
        except TransitionError:
            continue
        offered[to] = transition
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
