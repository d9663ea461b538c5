"""What makes a demonstration look like an office at work: names, a roster without a gap, photos of finished work."""

from datetime import datetime, time, timedelta
from itertools import cycle

from django.contrib.auth.models import User

from departments.management.commands.demo_accounts import NAMES
from departments.models import DutyShift
from departments.working_time.working_hours import ISTANBUL
from tickets.record.models.attachments import Attachment
from tickets.record.models.timeline import TicketEvent
from tickets.record.statuses import Outcome
from tickets.record.workflow import ActorKind

ON_DUTY = ("supervisor", "operator")
DUTY_DAYS = 14
DUTY_BEGINS = time(8, 30)
AFTER_PHOTOS = 25


def enliven(now: datetime) -> None:
    """Names the demonstration's accounts that have no name, fills an empty roster, shows work that was finished.

    A second call changes nothing.
    """
    for username, (first, last) in NAMES.items():
        User.objects.filter(username=username, first_name="", last_name="").update(
            first_name=first, last_name=last
        )
    _fill_roster(now)
    _show_finished_work()


def _fill_roster(now: datetime) -> None:
    """Somebody is on duty at every moment of the next days, from this morning on."""
    people = list(User.objects.filter(username__in=ON_DUTY, is_active=True).order_by("-username"))
    if not people or DutyShift.objects.exists():
        return
    first = datetime.combine(now.astimezone(ISTANBUL).date() - timedelta(days=1), DUTY_BEGINS, ISTANBUL)
    for day, user in zip(range(DUTY_DAYS + 1), cycle(people), strict=False):
        starts = first + timedelta(days=day)
        DutyShift.objects.create(user=user, starts_at=starts, ends_at=starts + timedelta(days=1))


def _show_finished_work() -> None:
    """Beside notes that staff wrote before they resolved a ticket stands a photo of the work, drawn as all here are."""
    if Attachment.objects.filter(after=True).exists():
        return
    notes = TicketEvent.objects.filter(
        kind=TicketEvent.Kind.NOTE, actor_kind=ActorKind.STAFF, ticket__outcome=Outcome.RESOLVED
    )
    for note in notes.select_related("ticket").order_by("-id")[:AFTER_PHOTOS]:
        drawn = Attachment.objects.filter(
            ticket__department=note.ticket.department, kind="image", state=Attachment.State.STORED
        ).exclude(ticket=note.ticket)
        if taken := drawn.order_by("-id").first():
            taken.pk, taken._state.adding = None, True
            taken.ticket, taken.event, taken.after, taken.created_at = note.ticket, note, True, note.at
            taken.save(force_insert=True)
