"""What a turn knows: the message as the conversation hears it, and the world around it as facts."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q

from departments import reference
from departments.danger.reader import Reading, is_believed, read
from departments.models import PlaceNeed
from departments.places.names import mahalle_named_in
from departments.places.points import Point, locate
from departments.routing.rare_words import rare_words
from departments.routing.route import Suggestion, route
from departments.text import identity_numbers
from departments.text.folding import fold
from departments.text.vocabulary import tokens
from departments.working_time.entered_hours import calendar_of
from tickets import services
from tickets.models import Handover, Ticket
from tickets.search import cited_by
from tickets.services import hiding
from tickets.workflow import Outcome, Status, TicketRole, moves_for
from whatsapp.conversation import addresses, commands, replies
from whatsapp.conversation import types as talk
from whatsapp.conversation.state import State
from whatsapp.conversation.time_limits import FOLLOW_UP
from whatsapp.graph import webhook_payloads
from whatsapp.handover import state as handover
from whatsapp.models import Conversation, Media, Message, Outbox
from whatsapp.texts import bulletins, render
from whatsapp.turns import faq

# A guess weaker than this says nothing against the subject that a talk is about.
GUESS_FROM = 0.3
FOREIGN = frozenset({"en", "ar"})
_QUESTION = re.compile(r"[?؟]")
_ASKS_HOW = re.compile(
    r"\b(?:nereye|nereden|nasil|ne lazim|ne gerek\w*|hangi evrak\w*|kac para|ucret\w*|saat kac\w*|kaca kadar)"
    r" (?:\w+ ){0,4}(?:basvur|yap|al|gel|git|aci|acik|baslay|kapan|ver|ode|ol|var|m[iu])\w*"
)
SURELY = 2  # Suggestion.talk, Suggestion.asks
DOUBTED_FROM = 0.75  # so likely has a danger to be that sounds like talk
COUNTRY = (35.8, 42.2), (25.6, 44.9)  # degrees north, degrees east
LAMPS = frozenset({"d_sokak_lambasi", "park_aydinlatma"})
_BURNS = re.compile(
    r"(?:simdi |artik |evet |hepsi |lamba\w* )*(?:yani?yo\w*|yandi|yaniyor\w*)(?: artik| simdi| cok sukur| tesek\w*)*"
)
# Categories of what is no report, and what such a message is; a longer one, or one that doubts, may be a report yet.
NO_SUBJECT = {"tesekkur": "thanks", "selam": "hello", "durum_sorgu": "status"}
NO_SUBJECT_WORDS = 15
NO_DESK = frozenset({*NO_SUBJECT, "genel_bilgi", "ilgisiz"})
PERSON_ALONE = 8  # who asks for a person in more words than that tells of something beside
_DOUBT = re.compile(
    r"\b(?:ama|fakat|ancak|hala|halen|degil|yok|olmadi|yapilmadi|bozuk|kirik|duruyo\w*|rezalet|yeter|but|not|still)\b"
)
SERVED_FOR = timedelta(days=3)  # after a person's answer what is said is said to them
SETTLED_FOR = timedelta(days=10)  # as long as an outcome can be reopened (tickets/workflow.py)
# A verb at the end tells what happened, not where.
_TELLS = re.compile(r"(?:[iu]yo\w*|m[iu]s\w*|m[ae]d[iu]\w*|[dt][iu]\w?|var|yok)$")
_BESIDE = re.compile(
    r"\b(?:arka|karsi|yan|on|ust|alt|kose|giris|cikis|orta|dip|kenar|yak[iu]n)(?:i|u|s[iu])?(?:n[dt]a|n[dt]e|nin|ndaki|ndeki)?\b"
)
PLACE_WORDS = 6  # "gülük camisinin yanındaki yeşil apartman"
FOLLOW_UP_WORDS = 6  # a longer message of somebody in danger may tell of another one
ADDRESS_LENGTH = 300  # as much as a ticket keeps


def build_event(message: Message, state: State) -> talk.InboundMessage:
    """A stored message with what it refers to: the ticket it answers, the message it changes, the place it holds. What
    answers "where?" in few words that name a mahalle tells where alone, whatever its words look like.
    """
    raw = message.payload
    place, text = webhook_payloads.place_of(raw), message.text
    if place is None and (place := addresses.coordinates_in(text)):
        text = addresses.without_link(text)
    changed = None
    if wamid := webhook_payloads.changed_by(raw):
        changed = Message.objects.filter(wamid=wamid, conversation=message.conversation_id).first()
    answered = None
    if message.reply_to:
        answered = Outbox.objects.filter(wamid=message.reply_to, conversation=message.conversation_id).first()
    address = webhook_payloads.address_of(raw)
    return talk.InboundMessage(
        message=message.pk,
        # Where an address stands on a contact it is the place that was shared, not the person.
        kind="location" if message.kind == "contacts" and address else message.kind,
        text=text or (address if message.kind == "contacts" else ""),
        place=place,
        about=changed.ticket_id if changed else answered.ticket_id if answered else None,
        choice=webhook_payloads.choice_of(raw),
        changes=changed.pk if changed else None,
        address=(address or addresses.street_in(text))[:ADDRESS_LENGTH],
        phone=webhook_payloads.own_number_of(raw),
        where=is_address(text) or (changed is None and _was_asked_where(state) and _says_where(text)),
        advice=_advice(message),
    )


def _was_asked_where(state: State) -> bool:
    draft = state.draft
    return draft is not None and bool(draft.matter) and draft.asked[-1:] in (("place",), ("place_again",))


def _says_where(text: str) -> bool:
    few = 0 < len(text.split()) <= PLACE_WORDS
    return few and not _TELLS.search(fold(text)) and mahalle_named_in(tokens(text)) is not None


def _leads_there(text: str) -> bool:
    """Whether few words say where something stands: "caminin arkasında mavi kapı"."""
    folded = fold(text)
    few = len(folded.split()) <= PLACE_WORDS
    return few and _BESIDE.search(folded) is not None and not _TELLS.search(folded)


def _advice(message: Message) -> str:
    """The sentence for somebody who sends more of themselves than is needed, '' for everybody else."""
    if identity_numbers.is_masked(message.text):
        return "identity_number"
    with_file = message.kind in ("image", "document")
    return "identity_card" if commands.shows_identity_card(message.text, with_file=with_file) else ""


def is_address(text: str) -> bool:
    """Whether the text says where and nothing more."""
    mahalle = mahalle_named_in(tokens(text)) if text else None
    return addresses.is_address(text, mahalle.name if mahalle else "")


def build_context(
    row: Conversation, state: State, event: talk.Event, suggestion: Suggestion | None, now: datetime
) -> talk.TurnContext:
    """What is known when `event` happens: of its own words, of all words and the place so far (`suggestion`), of what
    staff did to the talk, and of the citizen's tickets that may be meant.
    """
    new = event if isinstance(event, talk.InboundMessage) else None
    own = new.text if new and not new.choice else ""
    _, place = talk.words(state, event)
    staffed = handover.has_person(row, now)
    known = talk.TurnContext(
        settle=timedelta(seconds=settings.WHATSAPP_SETTLE_SECONDS),
        draft_timeout=timedelta(seconds=settings.WHATSAPP_DRAFT_TIMEOUT),
        command=commands.command_of(own),
        cites=commands.cited_in(own, which=bool(state.expect and state.expect.what == "choose")),
        chatter=commands.small_talk_of(own),
        person=commands.asks_for_person(own),
        question=commands.question_of(own) if new and new.kind == "text" and _names_no_place(new) else "",
        yes=commands.yes_or_no(own),
        result=commands.result_of(own),
        stars=commands.stars_of(own),
        speaks=commands.language_of(own, so_far=row.language),
        notice_version=render.NOTICE_VERSION,
        bulletin=bulletins.in_force(now),
        place_required=True,
        outside=place is not None and locate(Point(*place)).inside is False,
        abroad=place is not None and not _is_in_the_country(*place),
        language=row.language,
        blocked=row.blocked,
        staffed=staffed,
        discussed=_discussed(row) if staffed else None,
        silent_until=row.silent_until,
    )
    known = replace(known, **_looked_up(row, state, new, known, now))
    known = replace(known, own=_own(row, state, new, known, now), **_of_data(row, own))
    if new and not new.choice and new.text:
        danger, follow = _in_danger(state, new, known, suggestion)
        known = replace(known, danger=danger, follow=follow, phone_known=bool(row.citizen.phone))
    lately = state.passed_at is not None and now - state.passed_at <= FOLLOW_UP
    if lately and not talk.subject_text(state, event):
        known = replace(known, **_waiting(row, now))
    if suggestion is None:
        return known
    words, _ = talk.words(state, event)
    foreign = (known.language or known.speaks) in FOREIGN
    known = replace(known, **_subject(suggestion, own, words, foreign=foreign))
    if known.talk or known.asks or known.question or commands.asks(words) or commands.asks_back(words):
        known = replace(known, **_waiting(row, now))
    if known.talk and not known.own:
        known = replace(known, served=_was_served(row, now))
    if new is None or new.kind != "text":  # a picture is never only talk
        return known
    return replace(known, **_nothing_but(known, state, suggestion, own))


def _looked_up(
    row: Conversation, state: State, new: talk.InboundMessage | None, known: talk.TurnContext, now: datetime
) -> dict[str, Any]:
    """What only some messages make it worth to ask the database for."""
    facts: dict[str, Any] = {"lost": _lost(state, row)} if state.lost else {}
    if known.command == "person" or known.person or (new and new.choice == "person"):
        facts |= _waiting(row, now)
    if known.question == "arrived":
        facts["files"] = _files_of_late(row, now)
    return facts


def _in_danger(
    state: State, new: talk.InboundMessage, known: talk.TurnContext, suggestion: Suggestion | None
) -> tuple[talk.Danger | None, str]:
    """The danger that the message tells of, and what it says as somebody in one: see `follow_up_of`."""
    spoken = suggestion is not None and suggestion.talk == SURELY
    told = _danger(new.text, talk.words(state, new)[0], doubted=spoken)
    # What is said whole is a command, an answer, a question or a greeting, whatever its letters look like.
    asked = known.question not in ("", "unnamed")
    command = known.command not in ("", "data") or known.person or asked
    understood = command or known.chatter or known.result or known.stars or known.yes is not None
    where = new.where or (_was_asked_where(state) and _leads_there(new.text))
    if told and (understood or spoken or where) and not told.sure:
        told = None
    if told and told.kind == "fire" and _speaks_of_light(new.text, known):
        told = None
    follow = commands.follow_up_of(new.text) if state.danger else ""
    if follow and len(new.text.split()) <= FOLLOW_UP_WORDS:
        told = None  # "kimse gelmedi" after a fire tells of nobody lost
    return told, follow


def _is_in_the_country(lat: float, lon: float) -> bool:
    (south, north), (west, east) = COUNTRY
    return south <= lat <= north and west <= lon <= east


def _speaks_of_light(text: str, known: talk.TurnContext) -> bool:
    """Whether "yanıyor" alone is of the lamp that the citizen reported."""
    lamp = any(own.category in LAMPS for own in known.own)
    return lamp and _BURNS.fullmatch(fold(text)) is not None


def _nothing_but(known: talk.TurnContext, state: State, suggestion: Suggestion, own: str) -> dict[str, Any]:
    """What a message is that tells of nothing: it asks for a person, or is short and sure to be of no subject (thanks,
    a greeting, a question how things stand).
    """
    of_a_place = known.sure and known.place_required  # to talk to somebody is a subject, too
    reports = of_a_place if state.draft is None else len(own.split()) > PERSON_ALONE
    if known.person and not (known.command or reports):
        return {"command": "person"}
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


def _of_data(row: Conversation, own: str) -> dict[str, Any]:
    """What the message asks about the citizen's own data, and whether such a request waits already."""
    kind, alone = commands.data_request_of(own)
    if not kind:
        return {}
    command = {"command": "data"} if alone else {}
    return {"data_request": kind, "data_asked": services.waits_for_officer(citizen=row.citizen)} | command


def _subject(suggestion: Suggestion, own: str, words: str, *, foreign: bool) -> dict[str, Any]:
    """What the router's suggestion means for the talk; it knows Turkish, and of other languages a word or two."""
    category = reference.category(suggestion.category)
    if category is None:
        raise LookupError(f"the router names a category that there is not: {suggestion.category}")
    has_place = category.place == PlaceNeed.REQUIRED
    # Where no words tell, or none that the router knows, whether a place is needed, it is, but for a question.
    unread = foreign and not suggestion.sure
    needs_place = not _QUESTION.search(words) if unread else has_place and category.agency_id is None
    if not suggestion.sure and _ASKS_HOW.search(fold(own)):
        needs_place = False
    desk = suggestion.sure and not has_place and suggestion.category not in NO_DESK
    unread_question = suggestion.asks and not (suggestion.sure or suggestion.confidence >= GUESS_FROM)
    surely_asks = suggestion.asks == SURELY or unread_question
    return {
        "faq": "" if suggestion.sure and has_place else faq.answer_to(own),
        "category": suggestion.category,
        "sure": suggestion.sure,
        "talk": SURELY if surely_asks and not desk else suggestion.talk,
        "asks": SURELY if surely_asks else suggestion.asks,
        "for_desk": desk,
        "neighbourhood": suggestion.neighbourhood or "",
        "department": suggestion.department,
        "guess": has_place and suggestion.confidence >= GUESS_FROM,
        "place_required": not words or needs_place,
        "place_known": suggestion.neighbourhood is not None or bool(suggestion.district),
    }


def _danger(own: str, words: str, *, doubted: bool) -> talk.Danger | None:
    """The danger that the new words tell of, or else those of the whole draft with them. Where the router takes them
    for talk (`doubted`) only what is very likely is sure; of an ordinary subject possible dangers are believed less.
    """
    told = next(filter(None, map(_told_in, dict.fromkeys((own, words)))), None)
    if told is None:
        return None
    child = commands.is_child(own)
    sure = told.sure and (not doubted or told.likely >= DOUBTED_FROM)
    return talk.Danger(told.kind, sure, told.language, child, told.shielded)


def _told_in(text: str) -> Reading | None:
    reading = read(text)
    if reading.level != "life":
        return None
    doubtful = not is_believed(reading, ordinary=True)
    return None if doubtful and route(text).ordinary else reading


def _files_of_late(row: Conversation, now: datetime) -> int:
    """How many of the citizen's files of the last day arrived."""
    recent = Media.objects.filter(message__conversation=row, message__sent_at__gt=now - timedelta(days=1))
    return recent.exclude(state__in=Media.GONE).count()


def _was_served(row: Conversation, now: datetime) -> bool:
    """Whether a person answered the citizen lately."""
    ended = Handover.objects.filter(citizen=row.citizen_id, end=Handover.End.ANSWERED)
    return ended.filter(ended_at__gt=now - SERVED_FOR).exists()


def _waiting(row: Conversation, now: datetime) -> dict[str, Any]:
    opens = calendar_of(None).add_hours(now, 0)
    waiting = Handover.objects.filter(citizen=row.citizen_id, ended_at=None).first()
    lately = waiting is not None and now - waiting.last_at <= FOLLOW_UP
    return {
        "waits": waiting is not None and waiting.reason == Handover.Reason.ASKED,
        "queued": waiting is not None,
        "asked_lately": lately and waiting is not None and waiting.reason == Handover.Reason.QUESTION,
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


def _lost(state: State, row: Conversation) -> tuple[talk.LostFile, ...]:
    """The files found lost that the citizen is to hear of, in the order sent: neither those sent before they were last
    told of some, nor those of a ticket that is closed or restricted.
    """
    gone = Media.objects.filter(message__in=state.lost, message__conversation=row, state__in=Media.GONE)
    gone = gone.exclude(message__ticket__restricted=True).exclude(message__ticket__outcome__isnull=False)
    if state.lost_told_at:
        gone = gone.filter(message__sent_at__gt=state.lost_told_at)
    rows = gone.order_by("message__sent_at", "id").values_list("kind", "message__ticket")
    return tuple(talk.LostFile(kind, ticket) for kind, ticket in rows)


def _own(
    row: Conversation,
    state: State,
    inbound: talk.InboundMessage | None,
    known: talk.TurnContext,
    now: datetime,
) -> tuple[talk.TicketView, ...]:
    keys = {
        inbound.about if inbound else None,
        state.expect.ticket if state.expect else None,
        known.discussed,
    }
    keys |= {state.draft.to.ticket if state.draft and state.draft.to else None}
    keys |= {state.danger.ticket if state.danger else None}
    keys |= {file.ticket for file in known.lost}
    meant = Q(pk__in=keys - {None})
    if inbound:
        meant |= Q(number__in={replies.number_in(inbound.choice)} - {""}) | cited_by(known.cites)
        meant |= _asked_about(inbound, known)
        if state.draft is None and _names_no_place(inbound):  # may be of a report that is open, or was lately
            meant |= Q(outcome=None) | Q(outcome_at__gt=now - SETTLED_FOR)
        elif state.draft is None:
            meant |= Q(status=Status.WAITING)
        if not _names_no_place(inbound):
            meant |= Q(place_missing=True, outcome=None)
    if not (meant and row.has_tickets):
        return ()
    tickets = Ticket.objects.filter(meant, citizen=row.citizen_id).exclude(status=Status.CANCELLED)
    tickets = tickets.select_related("category", "department", "neighbourhood")
    said = (
        rare_words(talk.words(state, inbound or talk.TimerFired())[0])
        if state.draft or inbound
        else frozenset()
    )
    own = tuple(_own_ticket(ticket, said, now) for ticket in tickets.order_by("-created_at"))
    if known.question != "wrong_file":
        return own
    files = hiding.may_be_taken_back().filter(ticket__in=[each.ticket for each in own])
    pictured = set(files.values_list("ticket", flat=True))
    return tuple(replace(each, pictured=each.ticket in pictured) for each in own)


def _names_no_place(inbound: talk.InboundMessage) -> bool:
    named = inbound.place or inbound.where or inbound.address
    return not (named or inbound.choice or mahalle_named_in(tokens(inbound.text)))


def _asked_about(inbound: talk.InboundMessage, known: talk.TurnContext) -> Q:
    """The tickets that a command, a question or a plain yes may be about."""
    about = Q()
    if "cancel" in (known.command, inbound.choice) or known.question not in ("", "who"):
        about |= Q(outcome=None)
    if known.yes is not None:
        about |= Q(status=Status.RESOLVED)
    return about


def _own_ticket(ticket: Ticket, said: frozenset[str], now: datetime) -> talk.TicketView:
    return talk.TicketView(
        ticket=ticket.pk,
        number=ticket.number,
        status=ticket.status,
        category=ticket.category.code if ticket.category else "",
        placed=ticket.lat is not None,
        resolved=ticket.outcome == Outcome.RESOLVED,
        closed=ticket.outcome is not None or not (ticket.danger or ticket.danger_unsure),
        claimed=ticket.claimed_at is not None,
        # A street alone is no address: some sentences only look as if they named one.
        addressed=bool(ticket.address)
        and (ticket.neighbourhood_id is not None or any(letter.isdigit() for letter in ticket.address)),
        in_mahalle=ticket.neighbourhood_id is not None,
        place_missing=ticket.place_missing and ticket.outcome is None,
        is_open=ticket.outcome is None,
        changed_at=ticket.updated_at,
        neighbourhood=ticket.neighbourhood.code if ticket.neighbourhood else "",
        department=ticket.department.code if ticket.department else "",
        rated=ticket.satisfaction_score is not None,
        shares=bool(said) and not said.isdisjoint(rare_words(ticket.description)),
        elsewhere=(ticket.proposed_agency_id or ticket.agency_id) is not None,
        may=frozenset(moves_for(ticket.position(), {TicketRole.CITIZEN}, now)),
    )
