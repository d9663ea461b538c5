"""Applies effects on tickets and on the preferences of a citizen: each is a call of one service."""

from datetime import datetime
from typing import assert_never

from departments.models import Department, Neighbourhood
from departments.places.points import Point, locate
from departments.routing.route import FRONT_DESK, route
from tickets.attachments.attachments import note_lost_untold
from tickets.attachments.hiding import take_files_back
from tickets.casework import locating
from tickets.casework.awaiting_staff import request_staff
from tickets.casework.rating import rate
from tickets.casework.transitions import change_status
from tickets.danger.ringing import repeat_alert
from tickets.danger.services import News, note_news, report_danger
from tickets.models import LocationSource, Ticket, WaitingConversation
from tickets.privacy.data_requests import ask_officer
from tickets.record.permissions import Actor
from tickets.record.phone_numbers import e164
from tickets.record.statuses import Status
from whatsapp.conversation.effects import (
    AskOfficer,
    AskStaff,
    Cancel,
    Insist,
    KeepNumber,
    LetBe,
    Mute,
    NoteDangerNews,
    NoteLost,
    RaiseDanger,
    RateTicket,
    Relocate,
    Reopen,
    RingAgain,
    Settle,
    Speak,
    TakeFileBack,
)
from whatsapp.conversations.models.conversations import Conversation
from whatsapp.conversations.models.messages import Message
from whatsapp.handover import begin_and_end
from whatsapp.outbox import enqueue
from whatsapp.texts import render

OnTicket = Relocate | Cancel | Insist | Settle | Reopen | RateTicket
ForStaff = RaiseDanger | RingAgain | NoteDangerNews | NoteLost | TakeFileBack
OnLine = AskStaff | Mute | Speak | KeepNumber | AskOfficer | LetBe
TicketEffect = OnTicket | OnLine | ForStaff


def apply(effect: TicketEffect, row: Conversation, now: datetime) -> None:
    """Applies one effect; the conversation's row is the caller's to save. The ticket must be the citizen's own."""
    match effect:
        case AskStaff() | Mute() | Speak() | KeepNumber() | AskOfficer() | LetBe():
            _apply_to_line(effect, row, now)
        case RingAgain() | RaiseDanger() | NoteDangerNews() | NoteLost() | TakeFileBack():
            _apply_for_staff(effect, now)
        case _:
            own = Ticket.objects.select_related("category__department", "department")
            _apply_to_ticket(effect, own.get(pk=effect.ticket, citizen=row.citizen_id), now)


def _ask_staff(effect: AskStaff, row: Conversation, now: datetime) -> None:
    own = Ticket.objects.filter(pk=effect.ticket, citizen=row.citizen_id).first() if effect.ticket else None
    request_staff(
        citizen=row.citizen,
        reason=WaitingConversation.Reason(effect.reason),
        now=now,
        words=effect.text,
        ticket=own,
    )
    if effect.silence:
        begin_and_end.person_asked_for(row, now)


def request_phone_number(row: Conversation, now: datetime) -> None:
    """Staff would like to telephone: the citizen is asked for the number with WhatsApp's own button."""
    enqueue.enqueue_message(
        conversation=row, words=render.say("request_phone_number", row.language or "tr"), now=now
    )


def _apply_to_line(effect: OnLine, row: Conversation, now: datetime) -> None:
    match effect:
        case AskStaff():
            _ask_staff(effect, row, now)
        case Mute(on=on):
            row.muted = on
        case Speak(language=language):
            row.language = language
        case KeepNumber(phone=phone):
            row.citizen.phone = e164(phone) or row.citizen.phone
            row.citizen.save(update_fields=["phone"])
        case LetBe(messages=messages):
            Message.objects.filter(pk__in=messages, conversation=row).update(outcome="talk")
        case AskOfficer(kind=kind, text=text):
            ask_officer(citizen=row.citizen, kind=kind, words=text, now=now)


def _apply_for_staff(effect: ForStaff, now: datetime) -> None:
    ticket = Ticket(pk=effect.ticket)
    match effect:
        case RingAgain(helpless=helpless):
            repeat_alert(ticket=ticket, now=now, helpless=helpless)
        case RaiseDanger(kind=kind, restricted=restricted):
            report_danger(ticket=ticket, kind=kind, now=now, restricted=restricted)
        case NoteDangerNews(news=news):
            note_news(ticket=ticket, news=News(news), now=now)
        case NoteLost():
            note_lost_untold(ticket=ticket, now=now)
        case TakeFileBack(first=first, every=every):
            take_files_back(ticket=ticket, now=now, first=first, every=every)
        case _:
            assert_never(effect)


def _apply_to_ticket(effect: OnTicket, ticket: Ticket, now: datetime) -> None:
    citizen = Actor.citizen()
    match effect:
        case Cancel():
            change_status(ticket=ticket, to=Status.CANCELLED, actor=citizen, now=now)
        case Settle():
            change_status(ticket=ticket, to=Status.CLOSED, actor=citizen, now=now)
        case RateTicket(score=score, comment=comment):
            rate(ticket=ticket, actor=citizen, now=now, score=score, comment=comment)
        case Relocate():
            _relocate(effect, ticket, now)
        case Insist():
            # A ticket that still waits for a clerk is no settled one: the line sends it on for the citizen.
            actor = Actor.system() if ticket.status == Status.NEW else citizen
            note = "Vatandaş yine de belediyenin ilgilenmesini istiyor."
            _send_on(ticket, actor, now, note)
        case Reopen(reason=reason, message=message):
            Message.objects.filter(pk__in=[message] if message else []).update(ticket=ticket)
            _send_on(ticket, citizen, now, reason or "Vatandaş sorunun sürdüğünü bildirdi.")
            if ticket.citizen:
                why = WaitingConversation.Reason.UNSOLVED
                request_staff(citizen=ticket.citizen, reason=why, now=now, words=reason, ticket=ticket)
        case _:
            assert_never(effect)


def _send_on(ticket: Ticket, actor: Actor, now: datetime, note: str) -> None:
    """To its department, or that of its subject, else to the front desk."""
    by_subject = ticket.category.department if ticket.category else None
    department = ticket.department or by_subject or Department.objects.get(code=FRONT_DESK)
    change_status(ticket=ticket, to=Status.ASSIGNED, actor=actor, now=now, department=department, note=note)


def _relocate(effect: Relocate, ticket: Ticket, now: datetime) -> None:
    point = Point(*effect.place) if effect.place else None
    named = Neighbourhood.objects.filter(code=route(effect.text).neighbourhood).first()
    Message.objects.filter(pk=effect.message).update(ticket=ticket)
    locating.locate(
        ticket=ticket,
        actor=Actor.citizen(),
        now=now,
        point=point,
        source=LocationSource.PIN if point else LocationSource.WORDS,
        neighbourhood=locate(point).neighbourhood if point else named,
        address=effect.text[:300],
    )
