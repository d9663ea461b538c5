"""Builds the context for `advance()`: what the words mean, what is known of the citizen, what staff did."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from departments import reference
from departments.models import PlaceNeed
from departments.places.country import is_in_the_country
from departments.places.points import Point, locate
from departments.routing.route import Suggestion
from departments.text.folding import fold
from departments.working_time.entered_hours import calendar_of
from tickets.casework.awaiting_staff import OF_A_TICKET
from tickets.models import WaitingConversation
from tickets.privacy.data_requests import waits_for_officer
from whatsapp.conversation import commands, types
from whatsapp.conversation.danger import without_what_is_over
from whatsapp.conversation.state import State
from whatsapp.conversation.time_limits import FOLLOW_UP, SERVED_FOR
from whatsapp.conversations.models.conversations import Conversation
from whatsapp.conversations.models.messages import Media
from whatsapp.faq import matching
from whatsapp.handover import begin_and_end
from whatsapp.outbox.models.outbox import Outbox
from whatsapp.texts import bulletins, privacy_notices
from whatsapp.turns.danger import SURELY, as_denied, danger_in
from whatsapp.turns.events import names_no_place, puts_place_right, words_beside_place
from whatsapp.turns.own_tickets import own_tickets

# A guess weaker than this says nothing against the subject that a talk is about.
GUESS_FROM = 0.3
FOREIGN = frozenset({"en", "ar"})
_QUESTION = re.compile(r"[?؟]")
# Categories of what is no report, and what such a message is; a longer one, or one that doubts, may be a report yet.
NO_SUBJECT = {"tesekkur": "thanks", "selam": "hello", "durum_sorgu": "status"}
NO_SUBJECT_WORDS = 15
NO_DESK = frozenset({*NO_SUBJECT, "genel_bilgi", "ilgisiz"})
PERSON_ALONE = 8  # who asks for a person in more words than that tells of something beside
_DOUBT = re.compile(
    r"\b(?:ama|fakat|ancak|hala|halen|degil|yok|olmadi|yapilmadi|bozuk|kirik|duruyo\w*|rezalet|yeter|but|not|still)\b"
)


def build_context(
    row: Conversation, state: State, event: types.Event, suggestion: Suggestion | None, now: datetime
) -> types.TurnContext:
    """What is known when `event` happens: of its own words, of all words and the place so far (`suggestion`), of what
    staff did to the talk, and of the citizen's tickets that may be meant.
    """
    new = event if isinstance(event, types.InboundMessage) else None
    own = new.text if new and not new.choice else ""
    words, place = types.words(state, event)
    known = _known_at_once(row, state, new, place, now)
    known = replace(known, **_looked_up(row, state, known, now))
    known = replace(known, own=own_tickets(row, state, new, known, now), **_of_data(row, own))
    if new and not new.choice and new.text:
        danger, follow = danger_in(without_what_is_over(state, now, known), new, known, suggestion)
        danger = as_denied(danger, row, now) if danger and row.has_tickets else danger
        known = replace(known, danger=danger, follow=follow, phone_known=bool(row.citizen.phone))
    if suggestion is not None:
        foreign = (known.language or known.speaks) in FOREIGN
        known = replace(known, **_subject(suggestion, own, words, foreign=foreign))
    lately = state.passed_at is not None and now - state.passed_at <= FOLLOW_UP
    if _may_ask(known, new, words) or (lately and not types.subject_text(state, event)):
        known = replace(known, **_waiting(row, now))
    if suggestion is None:
        return known
    if known.talk and not known.own:
        known = replace(known, served=_was_served(row, now))
    if new is None or new.kind != "text":  # a picture is never only talk
        return known
    return replace(known, **_nothing_but(known, state, suggestion, own))


def _known_at_once(
    row: Conversation,
    state: State,
    new: types.InboundMessage | None,
    place: tuple[float, float] | None,
    now: datetime,
) -> types.TurnContext:
    """What the message alone and the conversation's row tell."""
    own = new.text if new and not new.choice else ""
    staffed = begin_and_end.has_person(row, now)
    return types.TurnContext(
        settle=timedelta(seconds=settings.WHATSAPP_SETTLE_SECONDS),
        draft_timeout=timedelta(seconds=settings.WHATSAPP_DRAFT_TIMEOUT),
        command=commands.command_of(own),
        cites=commands.cited_in(own, which=bool(state.expect and state.expect.what == "choose")),
        chatter=commands.small_talk_of(own),
        person=commands.asks_for_person(own),
        question=_question(new) if new and new.kind == "text" else "",
        yes=commands.yes_or_no(own),
        result=commands.result_of(own),
        stars=commands.stars_of(own),
        speaks=commands.language_of(
            words_beside_place(own) if row.language in FOREIGN else own, so_far=row.language
        ),
        notice_version=privacy_notices.version(),
        bulletin=bulletins.in_force(now),
        place_required=True,
        outside=place is not None and locate(Point(*place)).inside is False,
        abroad=place is not None and not is_in_the_country(*place),
        language=row.language,
        blocked=row.blocked,
        staffed=staffed,
        discussed=_discussed(row) if staffed else None,
        silent_until=row.silent_until,
    )


def _question(new: types.InboundMessage) -> str:
    """What a text asks about the line or a report, by the names of commands.toml; of its place only what puts that
    right. Who takes the report back puts nothing right, unless they speak of a picture.
    """
    if new.choice:
        return ""
    if commands.takes_back(new.text):
        asked = commands.question_of(new.text)
        return "" if asked == "correction" or not commands.speaks_of_file(new.text) else asked
    if puts_place_right(new.text):
        return "correction"
    return commands.question_of(new.text) if names_no_place(new) else ""


def _may_ask(known: types.TurnContext, new: types.InboundMessage | None, words: str) -> bool:
    """Whether what is said may have to wait for a person, or go with what does."""
    wants_person = known.person or known.command == "person" or (new is not None and new.choice == "person")
    asks = known.asks or known.beside or known.question or commands.asks(words) or commands.asks_back(words)
    return bool(known.talk or wants_person or asks)


def _looked_up(row: Conversation, state: State, known: types.TurnContext, now: datetime) -> dict[str, Any]:
    """What only some messages make it worth to ask the database for."""
    facts: dict[str, Any] = {"lost": _lost(state, row)} if state.lost else {}
    if known.question == "arrived":
        facts["files"] = _files_of_late(row, now)
    return facts


def _nothing_but(known: types.TurnContext, state: State, suggestion: Suggestion, own: str) -> dict[str, Any]:
    """What a message is that tells of nothing: it asks for a person, or is short and sure to be of no subject (thanks,
    a greeting, a question how things stand).
    """
    of_a_place = known.sure and known.place_required  # to talk to somebody is a subject, too
    reports = of_a_place if state.draft is None else len(own.split()) > PERSON_ALONE
    if known.person and not (known.command or reports):
        return {"command": "person"}
    if state.draft is None and _asks_of_unknown(known, suggestion):
        return {"command": "status"}
    understood = known.command or known.chatter or known.question or known.faq or known.yes is not None
    if state.draft is not None or understood or known.cites:
        return {}
    other = known.sure and known.category not in {each.category for each in known.own}
    reports = other or known.place_known
    if commands.takes_back(own) and not reports:
        return {"command": "cancel"}
    if known.data_request and suggestion.talk:
        return {"command": "data"}
    kind = NO_SUBJECT.get(suggestion.category, "") if suggestion.sure and not suggestion.asks else ""
    words = fold(own)
    if not kind or len(words.split()) > NO_SUBJECT_WORDS or _DOUBT.search(words):
        return {}
    return {"command": kind} if kind == "status" else {"chatter": kind}


def _asks_of_unknown(known: types.TurnContext, suggestion: Suggestion) -> bool:
    """Whether what became of a number that is none of the citizen's is asked, or complained of."""
    if known.command or known.place_known or not known.cites or known.cited():
        return False
    of_status = NO_SUBJECT.get(suggestion.category) == "status" and suggestion.confidence >= GUESS_FROM
    complains = known.question in ("impatient", "how_long") or known.result == "unsolved"
    return of_status or complains or bool(suggestion.asks or suggestion.talk)


def _of_data(row: Conversation, own: str) -> dict[str, Any]:
    """What the message asks about the citizen's own data, and whether such a request waits already."""
    kind, alone = commands.data_request_of(own)
    if not kind:
        return {}
    command = {"command": "data"} if alone else {}
    return {"data_request": kind, "data_asked": waits_for_officer(citizen=row.citizen)} | command


def _subject(suggestion: Suggestion, own: str, words: str, *, foreign: bool) -> dict[str, Any]:
    """What the router's suggestion means for the talk; it knows Turkish, and of other languages a word or two."""
    category = reference.category(suggestion.category)
    if category is None:
        raise LookupError(f"the router names a category that there is not: {suggestion.category}")
    has_place = category.place == PlaceNeed.REQUIRED
    # Where no words tell, or none that the router knows, whether a place is needed, it is, but for a question.
    unread = foreign and not suggestion.sure
    needs_place = not _QUESTION.search(words) if unread else has_place and category.agency_id is None
    if suggestion.asks and not suggestion.sure:
        needs_place = False
    desk = suggestion.sure and not has_place and suggestion.category not in NO_DESK
    unread_question = suggestion.asks and not (suggestion.sure or suggestion.confidence >= GUESS_FROM)
    surely_asks = suggestion.asks == SURELY or unread_question
    return {
        "faq": "" if suggestion.sure and has_place else matching.answer_to(own),
        "category": suggestion.category,
        "sure": suggestion.sure,
        "talk": SURELY if surely_asks and not desk else suggestion.talk,
        "asks": SURELY if surely_asks else suggestion.asks,
        "beside": _for_staff(suggestion.beside),
        "for_desk": desk,
        "neighbourhood": suggestion.neighbourhood or "",
        "department": suggestion.department,
        "guess": has_place and suggestion.confidence >= GUESS_FROM,
        "place_required": not words or needs_place,
        "place_known": suggestion.neighbourhood is not None or bool(suggestion.district),
    }


def _for_staff(asked: str) -> str:
    """Those of the questions that are not the personal-data officer's."""
    return "\n".join(each for each in asked.splitlines() if not commands.data_request_of(each)[0])


def _files_of_late(row: Conversation, now: datetime) -> int:
    """How many of the citizen's files of the last day arrived."""
    recent = Media.objects.filter(message__conversation=row, message__sent_at__gt=now - timedelta(days=1))
    return recent.exclude(state__in=Media.GONE).count()


def _was_served(row: Conversation, now: datetime) -> bool:
    """Whether a person answered the citizen lately."""
    ended = WaitingConversation.objects.filter(citizen=row.citizen_id, end=WaitingConversation.End.ANSWERED)
    ended = ended.exclude(reason__in=OF_A_TICKET)
    return ended.filter(ended_at__gt=now - SERVED_FOR).exists()


def _waiting(row: Conversation, now: datetime) -> dict[str, Any]:
    opens = calendar_of(None).add_hours(now, 0)
    asked = WaitingConversation.objects.filter(citizen=row.citizen_id, ended_at=None).exclude(
        reason__in=OF_A_TICKET
    )
    waiting = asked.first()
    lately = waiting is not None and now - waiting.last_at <= FOLLOW_UP
    return {
        "waits": waiting is not None and waiting.reason == WaitingConversation.Reason.ASKED,
        "queued": waiting is not None,
        "asked_lately": lately
        and waiting is not None
        and waiting.reason == WaitingConversation.Reason.QUESTION,
        "opens": opens if opens > now else None,
    }


def _discussed(row: Conversation) -> int | None:
    """The ticket that the citizen was last written to about; none where staff wrote of none."""
    said = Outbox.objects.filter(conversation=row)
    by_hand = said.filter(origin=Outbox.Origin.STAFF).order_by("-id").first()
    if by_hand and not said.filter(pk__gt=by_hand.pk, event__kind="replied").exists():
        return by_hand.ticket_id
    of_a_ticket = said.filter(ticket__isnull=False).order_by("-id")
    return of_a_ticket.values_list("ticket", flat=True).first()


def _lost(state: State, row: Conversation) -> tuple[types.LostFile, ...]:
    """The files found lost that the citizen is to hear of, in the order sent: neither those sent before they were last
    told of some, nor those of a ticket that is closed or restricted.
    """
    gone = Media.objects.filter(message__in=state.lost, message__conversation=row, state__in=Media.GONE)
    gone = gone.exclude(message__ticket__restricted=True).exclude(message__ticket__outcome__isnull=False)
    if state.lost_told_at:
        gone = gone.filter(message__sent_at__gt=state.lost_told_at)
    rows = gone.order_by("message__sent_at", "id").values_list("kind", "message__ticket")
    return tuple(types.LostFile(kind, ticket) for kind, ticket in rows)
