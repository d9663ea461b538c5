"""What the user did themselves since the page was shown is no news to them: it refuses none of their acts."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User

from tickets.record.models.acts import Act
from tickets.record.models.ticket import Ticket
from tickets.record.models.timeline import TicketEvent

# Done twice they change nothing, or are refused for what they are.
_SET = frozenset({"move", "classify", "assign", "danger", "priority", "place", "register", "publish"})


def version_meant(ticket: Ticket, user: User, act: str, given: Mapping[str, Any]) -> int:
    """The version that the user has in mind, by what the form was `given`: that of the ticket where all that happened
    since the page was shown (`seen`, the last entry on it) is their own. Not where this is the same act once more, as
    of a form that was sent twice: that one stays refused.
    """
    shown, seen = int(given["version"]), given.get("seen")
    if shown == ticket.version or seen is None:
        return shown
    since = ticket.events.filter(pk__gt=seen)
    if not since or since.exclude(actor=user).exists():
        return shown
    return shown if _is_repeated(ticket, user, act, given) else ticket.version


def _is_repeated(ticket: Ticket, user: User, act: str, given: Mapping[str, Any]) -> bool:
    if act in _SET:
        return False
    if act == "note":
        notes = ticket.events.filter(pk__gt=given["seen"], kind=TicketEvent.Kind.NOTE)
        return notes.filter(note=given["text"].strip()).exists()
    return Act.objects.filter(ticket=ticket, user=user, name=act, taken_back_at=None).exists()
