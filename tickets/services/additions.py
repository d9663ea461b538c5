"""What joins a ticket without being a move: a responsible person, notes, words, a place, a rating."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Q

from departments.models import Department, Neighbourhood, Role
from departments.places.points import Point
from tickets.models import LocationSource, Ticket, TicketEvent
from tickets.permissions import Actor, parties, require_staff
from tickets.services._ticket_rows import append_event, by_staff, locked_ticket, save, unversioned_lock
from tickets.services.notifications import notify_of_work
from tickets.services.opening import summarised
from tickets.services.transitions import Details, transition
from tickets.workflow import ActorKind, MissingFields, NoSuchMove, Outcome, Status


def assign(
    *,
    ticket: Ticket,
    actor: Actor,
    now: datetime,
    department: Department | None = None,
    assignee: User | None = None,
    version: int | None = None,
) -> Ticket:
    """Sends an open ticket to another department, or gives it to somebody of its department or of the call centre.

    Another department is the move to ASSIGNED and refused as that move is; sent where it already is, the ticket and
    its version stay as they are. Raises NoSuchMove for a ticket that has an outcome, NotAllowed, Missing when neither
    is given or when the person does not work on such tickets.
    """
    if department is None and assignee is None:
        raise MissingFields(
            {"department": "Birim ya da sorumlu seçin.", "assignee": "Birim ya da sorumlu seçin."}
        )
    with unversioned_lock(ticket, version=version) as row:
        if row.outcome is not None:
            raise NoSuchMove(
                "Sonuçlanmış başvuruya birim ya da sorumlu atanamaz. Önce başvuruyu yeniden açın."
            )
        require_staff(parties(actor, row.department.code if row.department else None))
        elsewhere = department is not None and (department != row.department or row.status == Status.NEW)
        if elsewhere:
            transition(row, Status.ASSIGNED, Details(department=department), actor, now)
        if assignee is not None:
            _hand_to(row, assignee, actor, now)
        if elsewhere or assignee is not None:
            save(row, now)
    return row


def add_note(*, ticket: Ticket, actor: Actor, now: datetime, text: str, version: int | None = None) -> Ticket:
    """Adds a note for colleagues, which no citizen ever sees. Raises Missing when empty, NotAllowed."""
    if not text.strip():
        raise MissingFields({"text": "Not boş olamaz."})
    with locked_ticket(ticket, now, version=version) as row:
        require_staff(parties(actor, row.department.code if row.department else None))
        append_event(row, TicketEvent.Kind.NOTE, actor=actor, now=now, note=text.strip())
    return row


def describe(*, ticket: Ticket, actor: Actor, now: datetime, text: str) -> Ticket:
    """Adds words to the description. From the citizen it also answers the question that a ticket waits on."""
    with locked_ticket(ticket, now) as row:
        row.description = "\n".join(filter(None, (row.description, text.strip())))
        row.summary = row.summary or summarised(text)
        row.description_missing = False
        append_event(row, TicketEvent.Kind.DESCRIBED, actor=actor, now=now, data={"text": text.strip()})
        take_as_answer(row, actor, now)
    return row


def locate(
    *,
    ticket: Ticket,
    actor: Actor,
    now: datetime,
    point: Point | None,
    source: LocationSource,
    neighbourhood: Neighbourhood | None = None,
    address: str = "",
    version: int | None = None,
) -> Ticket:
    """Sets where it is: a point, or words only (`point` None keeps the one there was).

    Raises StaleVersion, and NotAllowed for staff who may not write on the ticket.
    """
    with locked_ticket(ticket, now, version=version) as row:
        if by_staff(actor):
            require_staff(parties(actor, row.department.code if row.department else None))
        if point is not None:
            row.lat, row.lon = point.lat, point.lon
        row.location_source = source
        row.neighbourhood = neighbourhood or row.neighbourhood
        row.address = address or row.address
        row.place_missing = False
        append_event(row, TicketEvent.Kind.LOCATED, actor=actor, now=now, data=_place(row))
        take_as_answer(row, actor, now)
    return row


def rate(*, ticket: Ticket, actor: Actor, now: datetime, score: int, comment: str = "") -> Ticket:
    """Keeps how satisfied the citizen is, 1 to 5; a later rating replaces it, an empty comment keeps the former one.

    Raises ValueError for another score, NoSuchMove when the ticket was not resolved or is open again.
    """
    if score not in range(1, 6):
        raise ValueError("a score is 1 to 5")
    with locked_ticket(ticket, now) as row:
        if row.outcome != Outcome.RESOLVED:
            raise NoSuchMove("Yalnızca çözülmüş başvuru değerlendirilir.")
        row.satisfaction_score, row.rated_at = score, now
        row.satisfaction_comment = comment.strip() or row.satisfaction_comment
        data = {"score": score, "comment": comment.strip()}
        append_event(row, TicketEvent.Kind.RATED, actor=actor, now=now, data=data)
    return row


def take_as_answer(row: Ticket, actor: Actor, now: datetime) -> None:
    """What the citizen sends to a waiting ticket is the answer: it goes back to where it waited from."""
    if row.status == Status.WAITING and actor.kind is ActorKind.CITIZEN:
        transition(row, Status(row.waiting_from), Details(), actor, now)


def _hand_to(row: Ticket, assignee: User, actor: Actor, now: datetime) -> None:
    works_here = (
        Q(role__in=(Role.HEAD, Role.CREW), department=row.department_id) if row.department_id else Q()
    )
    works = Q(role__in=(Role.OPERATOR, Role.SUPERVISOR)) | works_here
    if not assignee.is_active or not assignee.memberships.filter(works).exists():
        raise MissingFields(
            {"assignee": "Bu kişi başvurunun biriminde ya da çağrı merkezinde görevli değil."}
        )
    row.assignee = assignee
    append_event(
        row, TicketEvent.Kind.ASSIGNED, actor=actor, now=now, data={"assignee": assignee.get_username()}
    )
    if assignee != actor.user:
        notify_of_work(row, now, assignee=assignee)


def _place(row: Ticket) -> dict[str, object]:
    return {
        "lat": row.lat,
        "lon": row.lon,
        "source": row.location_source,
        "neighbourhood": row.neighbourhood.code if row.neighbourhood else None,
        "address": row.address,
    }
