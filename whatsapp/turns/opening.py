"""Opens the ticket of a report and of a danger, and confirms the first.

Runs inside the turn's transaction, under the conversation's lock.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from departments import reference
from departments.danger_reader.kinds import kinds
from departments.places.points import Point
from departments.routing.route import Suggestion
from departments.working_time.entered_hours import calendar_of
from tickets.casework.opening import Report, open_report
from tickets.models import Kind, LocationSource, Source, Ticket
from tickets.record.nearby import is_reported
from tickets.record.permissions import Actor
from whatsapp.conversation.effects import OpenDanger, OpenTicket
from whatsapp.conversations.models.conversations import Conversation
from whatsapp.outbox import enqueue
from whatsapp.texts.catalog import of
from whatsapp.texts.confirmation import ConfirmationDetails, confirmation
from whatsapp.turns.adding import belong, files_of, link, received, whole
from whatsapp.turns.problems import holds_several, ours_and_others
from whatsapp.turns.ticket_lines import is_guess, line_of, whose_job

log = logging.getLogger(__name__)

LUNCH = timedelta(hours=1)


def open_ticket(
    effect: OpenTicket,
    row: Conversation,
    suggestion: Suggestion | None,
    now: datetime,
    around: Mapping[str, str],
) -> Ticket:
    """Opens the ticket and confirms it. What can be known is found out before the ticket takes its number.

    `around` stands around the confirmation, by its names in `render`.
    """
    media = files_of(effect.with_files)
    point = Point(*effect.place) if effect.place else None
    report = Report(
        channel=Source.WHATSAPP,
        citizen=row.citizen,
        description=whole(effect.text, effect.messages),
        summary=of("tr").confirmation[effect.spoken] if effect.spoken else "",
        point=point,
        address=effect.address,
        place_missing=effect.place_missing,
        description_missing=effect.description_missing,
        **_routing(suggestion, point) | _doubt(effect),
    )
    told_by_photo = next((Point(*each.place) for each in media if each.place), None)
    known = _is_known(report, point or (told_by_photo if effect.place_missing else None), now)
    several, others = holds_several(effect.text), ours_and_others(effect.text)[1]
    # What is told of it is the confirmation.
    ticket, created, attachments = open_report(
        report=report, actor=Actor.citizen(), now=now, announce=False, files=received(media, effect.text)
    )
    if suggestion:
        _log_routing(suggestion)
    belong(effect.messages, ticket)
    if link(media, attachments, now):
        ticket.refresh_from_db()  # a photo may have told the place
    language = row.language or "tr"
    words = confirmation(
        line_of(ticket, language, tell_place=not is_guess(ticket)),
        _circumstances(
            ticket, effect, suggestion, language, now, known=known, several=several, others=others
        ),
        language,
        **around,
    )
    enqueue.enqueue_message(conversation=row, words=words, now=now, event=created, ticket=ticket)
    return ticket


def confirm(row: Conversation, ticket: Ticket, now: datetime) -> None:
    """Tells of a ticket that staff opened of what the citizen said; the conversation is locked."""
    language = row.language or "tr"
    missing = [*(["what"] * ticket.description_missing), *(["place"] * ticket.place_missing)]
    line = line_of(ticket, language, tell_place=not is_guess(ticket))
    words = confirmation(line, ConfirmationDetails(missing=missing), language)
    enqueue.enqueue_message(conversation=row, words=words, now=now, ticket=ticket)


def _doubt(effect: OpenTicket) -> dict[str, Any]:
    """What is marked for a person to look at soon: a danger that is only possible, a voice that nobody has heard."""
    if not effect.unsure:
        return {}
    doubt: dict[str, Any] = {"danger": effect.unsure, "danger_unsure": True}
    return doubt | ({"urgent_reason": "sesli mesaj, dinlenmedi"} if effect.spoken == "audio" else {})


def open_danger(
    effect: OpenDanger, row: Conversation, suggestion: Suggestion | None, now: datetime
) -> Ticket:
    """Opens the ticket of a danger; what the citizen hears of it is not the ticket's."""
    media = files_of(effect.messages)
    point = Point(*effect.place) if effect.place else None
    about = _routing(suggestion, point)
    if effect.restricted:  # nobody but who is on duty sees it, whatever department its words resemble
        about |= dict.fromkeys(("category", "department", "proposed_agency"))
    report = Report(
        channel=Source.WHATSAPP,
        citizen=row.citizen,
        description=whole(effect.text, effect.messages),
        point=point,
        address=effect.address,
        place_missing=point is None and about.get("neighbourhood") is None,
        **about
        | {
            "urgent": True,
            "urgent_reason": about.get("urgent_reason") or kinds()[effect.kind].name,
            "danger": effect.kind,
            "danger_unsure": not effect.sure,
            "restricted": effect.restricted,
        },
    )
    ticket, _, attachments = open_report(
        report=report, actor=Actor.citizen(), now=now, announce=False, files=received(media, effect.text)
    )
    belong(effect.messages, ticket)
    link(media, attachments, now)
    return ticket


def _routing(suggestion: Suggestion | None, point: Point | None) -> dict[str, Any]:
    """What the suggestion makes of the ticket; an unsure one leaves category and department to the triage."""
    if suggestion is None:
        return {"kind": Kind.DIGER, "location_source": LocationSource.PIN if point else ""}
    category = reference.category(suggestion.category) if suggestion.sure else None
    agency = category.agency if category else None
    neighbourhood = reference.neighbourhood(suggestion.neighbourhood) if suggestion.neighbourhood else None
    return {
        "kind": suggestion.kind if suggestion.kind in Kind.values else Kind.DIGER,
        "category": category,
        # Somebody else's job is only proposed: it stays NEW until a clerk confirms it.
        "department": reference.department(suggestion.department) if category and agency is None else None,
        "proposed_agency": agency,
        "neighbourhood": neighbourhood,
        "location_source": LocationSource.PIN if point else LocationSource.WORDS if neighbourhood else "",
        "urgent": suggestion.urgent,
        "urgent_reason": suggestion.urgent_reason,
        "routed": suggestion.dump(),
    }


def _is_known(report: Report, point: Point | None, now: datetime) -> bool:
    """Whether open tickets may be about the same thing; the citizen is told neither which nor whose."""
    if report.category is None or point is None:
        return False
    return is_reported(category=report.category, point=point, now=now)


def _log_routing(suggestion: Suggestion) -> None:
    """By which model, and what it decided; the ticket keeps the whole suggestion."""
    rule = " and a rule" if suggestion.rule else ""
    sureness = "sure" if suggestion.sure else "left to the triage"
    decision = (suggestion.department, suggestion.category, suggestion.confidence, sureness)
    log.info("routed by model %s%s: %s, %s, %.2f, %s", suggestion.model, rule, *decision)


def _circumstances(
    ticket: Ticket,
    effect: OpenTicket,
    suggestion: Suggestion | None,
    language: str,
    now: datetime,
    *,
    known: bool,
    several: bool,
    others: list[Suggestion],
) -> ConfirmationDetails:
    return ConfirmationDetails(
        work=suggestion.danger if suggestion and suggestion.level == "work" else "",
        missing=[*(["what"] * ticket.description_missing), *(["place"] * ticket.place_missing)],
        agency=whose_job(ticket.proposed_agency, language) if ticket.proposed_agency else "",
        known=known,
        several=several or bool(others),
        beside=_others_job(others, ticket, language),
        asks=effect.asks,
        district=suggestion.district if suggestion else "",
        spoken=effect.spoken == "audio",
        # A lunch break is not worth a word; what is urgent waits for no morning.
        closed=not ticket.urgent and calendar_of(None).add_hours(now, 0) > now + LUNCH,
    )


def _others_job(others: list[Suggestion], ticket: Ticket, language: str) -> tuple[str, ...]:
    """Whose job the other problems are, where the ticket is ours."""
    if ticket.proposed_agency_id:
        return ()
    categories = (reference.category(each.category) for each in others)
    theirs = {each.code: each for each in categories if each and each.agency}
    return tuple(
        f"{each.public_name_in(language) or each.name}: {whose_job(each.agency, language)}"
        for each in theirs.values()
        if each.agency
    )
