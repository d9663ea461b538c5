"""Who works on a ticket: its department and the person responsible."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Q

from departments.models import Department, Role
from tickets.casework.transitions import Details, transition
from tickets.casework.writing import append_event, save, unversioned_lock
from tickets.notifications.notifications import notify_of_work
from tickets.record.models.ticket import Ticket
from tickets.record.models.timeline import TicketEvent
from tickets.record.permissions import Actor, parties, require_staff
from tickets.record.statuses import Status
from tickets.record.workflow import MissingFields, NoSuchTransition


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

    Another department is the transition to ASSIGNED and refused as that transition is; sent where it already is, the
    ticket and its version stay as they are. Raises NoSuchTransition for a ticket that has an outcome, NotAllowed,
    Missing when neither is given or when the person does not work on such tickets.
    """
    if department is None and assignee is None:
        raise MissingFields(
            {"department": "Birim ya da sorumlu seçin.", "assignee": "Birim ya da sorumlu seçin."}
        )
    with unversioned_lock(ticket, version=version) as row:
        if row.outcome is not None:
            raise NoSuchTransition(
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
