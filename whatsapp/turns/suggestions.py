"""What the router makes of a talk's words. The same words are asked about when they come and again when the ticket is
opened of them: the answer is kept beside the draft, and ends with it."""

import hashlib
import json
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from departments import reference
from departments.common import cache
from departments.models import PlaceNeed
from departments.organisation.agency_codes import OURS
from departments.places.points import Point
from departments.routing.route import Suggestion, mahalle_of, route
from departments.routing.rules import rules_in_use
from departments.text.questions import told_and_asked
from departments.working_time.working_hours import ISTANBUL
from tickets.models import Ticket
from whatsapp.conversation import types
from whatsapp.conversation.state import State
from whatsapp.conversations.models.conversations import Conversation
from whatsapp.turns.problems import ours_and_others

OF_THE_WHOLE = (
    *("urgent", "urgent_reason", "level", "danger"),
    *("neighbourhood", "neighbourhood_name", "district", "ticket_no"),
)
KEPT = "routed"  # its key in the column of the talk's state


def suggestion_for(row: Conversation, state: State, event: types.Event, now: datetime) -> Suggestion | None:
    """The suggestion for the draft's words and the new ones; None where there is neither a word nor a place."""
    words, place = types.words(state, event)
    if not (words or place):
        return None
    matter, earlier = types.subject_text(state, event), _earlier_tickets(row)
    hour = now.astimezone(ISTANBUL).hour  # rules ask for no more
    # What an earlier release kept may lack what this one needs to know.
    needed = [field.name for field in fields(Suggestion)]
    asked = _digest(words, matter, place, hour, earlier, cache.revision(), needed)
    kept = row.state.get(KEPT)
    if kept and kept["asked"] == asked:
        return Suggestion.load(kept["answer"])
    suggestion = _routed(words, matter, Point(*place) if place else None, earlier, now)
    row.state[KEPT] = {"asked": asked, "answer": suggestion.dump()}
    return suggestion


def kept_with(row: Conversation, state: State) -> dict[str, Any]:
    """What is to be kept of it beside this state."""
    return {KEPT: row.state[KEPT]} if state.draft and KEPT in row.state else {}


def _earlier_tickets(row: Conversation) -> int:
    """How many tickets the citizen had before, where a rule asks for it."""
    counted = row.has_tickets and any(rule.earlier_tickets for rule in rules_in_use())
    return Ticket.objects.filter(citizen=row.citizen_id).count() if counted else 0


def _routed(words: str, matter: str, point: Point | None, earlier: int, now: datetime) -> Suggestion:
    """Of what it is about alone, but placed by all words: a Çiçek Sokak has nothing to do with flowers."""
    about = route(matter, point, at=now, earlier_tickets=earlier)
    if about.asks:
        about = _report_in(matter, about, point, earlier, now) or about
    if about.jurisdiction != OURS and (ours := ours_and_others(matter)[0]):  # what we answer for leads
        about = replace(ours, **{name: getattr(about, name) for name in OF_THE_WHOLE})
    if matter == words:
        return about
    where = mahalle_of(words, point)
    return replace(
        about,
        neighbourhood=where.code if where else None,
        neighbourhood_name=where.name if where else None,
        district="" if where else about.district,
    )


def _report_in(
    matter: str, whole: Suggestion, point: Point | None, earlier: int, now: datetime
) -> Suggestion | None:
    """What is told beside the question, if that is surely a report by itself: who asks when the office opens, too, has
    a pothole all the same. How urgent it is, and where, is told by the whole.
    """
    told, asked = told_and_asked(matter)
    if not (told and asked):
        return None
    report = route(told, point, at=now, earlier_tickets=earlier)
    category = reference.category(report.category)
    reports = report.sure and not (report.asks or report.talk)
    if not (reports and category and category.place == PlaceNeed.REQUIRED):
        return None
    return replace(report, **{name: getattr(whole, name) for name in OF_THE_WHOLE}, beside=asked)


def _digest(*question: object) -> str:
    return hashlib.sha256(json.dumps(question).encode()).hexdigest()
