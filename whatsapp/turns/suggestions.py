"""What the router makes of a talk's words. The same words are asked about when they come and again when the ticket is
opened of them: the answer is kept beside the draft, and ends with it."""

import hashlib
import json
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from departments import cache
from departments.places.points import Point
from departments.routing.route import Suggestion, mahalle_of, route
from departments.routing.rules import rules_in_use
from departments.working_time.working_hours import ISTANBUL
from tickets.models import Ticket
from whatsapp.conversation import types as talk
from whatsapp.conversation.state import State
from whatsapp.models import Conversation

KEPT = "routed"  # its key in the column of the talk's state


def suggestion_for(row: Conversation, state: State, event: talk.Event, now: datetime) -> Suggestion | None:
    """The suggestion for the draft's words and the new ones; None where there is neither a word nor a place."""
    words, place = talk.words(state, event)
    if not (words or place):
        return None
    matter, earlier = talk.subject_text(state, event), _earlier_tickets(row)
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
    if matter == words:
        return about
    where = mahalle_of(words, point)
    return replace(
        about,
        neighbourhood=where.code if where else None,
        neighbourhood_name=where.name if where else None,
        district="" if where else about.district,
    )


def _digest(*question: object) -> str:
    return hashlib.sha256(json.dumps(question).encode()).hexdigest()
