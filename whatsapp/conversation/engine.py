"""What the line does next, as a pure function: no query, no settings, no clock.

`advance(state, event, now, context)` takes where the talk with one citizen stands and one thing that happened;
it returns where the talk stands then, what is to be done, and when to look again if nothing else happens.
The rules are the journey's: wait a moment, ask only for what is missing and once, lose nothing. docs/conversation.md
draws them.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from whatsapp.conversation import (
    belonging,
    danger,
    followup,
    lost_files,
    questions,
    replies,
    report,
    time_limits,
)
from whatsapp.conversation.effects import (
    AnswerStatus,
    AskOfficer,
    AskStaff,
    Cancel,
    Choose,
    Effect,
    Insist,
    Join,
    OpenTicket,
    RateTicket,
    Relocate,
    Reopen,
    Say,
    Settle,
    Warn,
)
from whatsapp.conversation.state import LinkedTicket, State, confirmed
from whatsapp.conversation.steps import Step, answer, step
from whatsapp.conversation.types import Event, InboundMessage, TimerFired, TurnContext

# Kinds that carry nothing to act on; they get neither ticket nor answer. A thumb on a confirmation is one of them.
SILENT = frozenset({"reaction", "system", "request_welcome"})
# Kinds that are answered, but are no report by themselves, and how.
REPLIES = {"sticker": "hello", "contacts": "contact"}
# Talk that is answered as other talk is.
ALIKE = {"okay": "thanks"}
# Kinds that a citizen reports with.
PIECES = frozenset({"text", "image", "video", "audio", "document", "location"})
# Kinds that change a message sent before.
CHANGES = frozenset({"edit", "revoke"})
# What makes a ticket the one that is spoken of.
_ABOUT_A_TICKET = (Join, Relocate, Reopen, Insist, Settle, RateTicket)
# What the citizen reads when an effect is done.
_ANSWERS = (Say, AnswerStatus, Choose, OpenTicket)


def advance(state: State, event: Event, now: datetime, context: TurnContext) -> Step:
    """One step of the talk. While anything is open, the turn says when to look again."""
    state = danger.without_what_is_over(state, now, context)
    match event:
        case InboundMessage():
            state = _owing_advice(state, event)
            taken = _hear(state, event, now, context)
        case TimerFired():
            taken = _wake(state, now, context)
        case _:
            assert_never(event)
    taken = _with_bulletin(_advising(_remembering(taken, now, context), now, context), context)
    if taken.state.notice == state.notice:
        return taken
    return replace(taken, state=replace(taken.state, notice_at=now))


def _remembering(taken: Step, now: datetime, context: TurnContext) -> Step:
    """The step after which what follows belongs to the ticket that it was about, never to one that was cancelled."""
    spoken_of = taken.state.last
    if spoken_of and Cancel(spoken_of.ticket) in taken.effects:
        return replace(taken, state=replace(taken.state, last=None, confirmed_at=None))
    about = [effect.ticket for effect in taken.effects if isinstance(effect, _ABOUT_A_TICKET)]
    own = context.ticket(about[-1]) if about else None
    if own is None:
        return taken
    last = LinkedTicket(own.ticket, own.category, own.placed)
    kept = (
        taken.state.last is not None
        and taken.state.last.ticket == own.ticket
        and taken.state.confirmed_at == now
    )
    return taken if kept else replace(taken, state=confirmed(taken.state, last, now))


def _owing_advice(state: State, inbound: InboundMessage) -> State:
    """The state once a message gave cause for advice that was not given before."""
    new = inbound.advice and inbound.advice not in state.advised
    return replace(state, advice=inbound.advice) if new else state


def _advising(taken: Step, now: datetime, context: TurnContext) -> Step:
    """The step with the advice that is owed in its first answer, or alone where it joins a ticket without a word; in
    danger nothing of that kind is said.
    """
    state, advice = taken.state, taken.state.advice
    if not advice or state.danger is not None or _is_quiet(now, context):
        return taken
    answers = [each for each in taken.effects if isinstance(each, _ANSWERS)]
    effects: tuple[Effect, ...]
    if answers:
        first = answers[0]
        effects = tuple(replace(first, advice=advice) if each is first else each for each in taken.effects)
    elif any(isinstance(each, Join) for each in taken.effects):
        effects = (*taken.effects, Say(advice))
    else:
        return taken
    state = replace(state, advice="", advised=(*state.advised, advice))
    return replace(taken, state=state, effects=effects)


def _with_bulletin(taken: Step, context: TurnContext) -> Step:
    """The step with the bulletin in force before its first answer, once for each citizen; never beside danger."""
    doubtful = taken.state.draft is not None and taken.state.draft.possible_danger
    if context.bulletin in (0, taken.state.bulletin) or taken.state.danger is not None or doubtful:
        return taken
    if any(
        isinstance(each, Warn) or (isinstance(each, OpenTicket) and each.unsure) for each in taken.effects
    ):
        return taken
    for place, effect in enumerate(taken.effects):
        if isinstance(effect, Say | AnswerStatus | Choose | OpenTicket):
            given = replace(effect, bulletin=True)
            effects = (*taken.effects[:place], given, *taken.effects[place + 1 :])
            return replace(taken, state=replace(taken.state, bulletin=context.bulletin), effects=effects)
    return taken


def _hear(state: State, inbound: InboundMessage, now: datetime, context: TurnContext) -> Step:
    if state.expect is not None and state.expect.what != "reason" and now > state.expect.until:
        state = replace(state, expect=None)
    if inbound.kind in SILENT:
        return step(state, outcome="noted")
    if inbound.kind == "edit" and not report.holds(state, inbound, context):
        inbound = replace(inbound, kind="text", changes=None)  # "selam" made into a report is one
    if of_danger := danger.hear(state, inbound, now, context):
        return of_danger
    state, warning = danger.unsure(state, inbound, now, context)
    taken = danger.beside(state, _ordinary(state, inbound, now, context))
    return replace(taken, effects=warning + taken.effects)


def _ordinary(state: State, inbound: InboundMessage, now: datetime, context: TurnContext) -> Step:
    if _is_quiet(now, context):
        return _with_request(_keep_quiet(state, inbound, now, context), inbound, context, silent=True)
    if inbound.kind in CHANGES:
        return report.change(state, inbound, context)
    at_once = _at_once(state, inbound, now, context)
    taken = _paced(state, at_once, now) if at_once else _gather(state, inbound, now, context)
    taken = _with_request(taken, inbound, context)
    return replace(taken, effects=(*report.own_language(context), *taken.effects))


def _gather(state: State, inbound: InboundMessage, now: datetime, context: TurnContext) -> Step:
    """What is not answered at once: a piece of a report, or talk."""
    reports = inbound.kind in PIECES and not context.chatter
    if reports and context.person:  # a report that asks for a person, too
        asked = replies.ask_staff(state, inbound, context, reports=True)
        taken = report.add(
            asked.state, inbound, now, context, to=belonging.follows(state, inbound, now, context)
        )
        return replace(taken, effects=asked.effects + taken.effects)
    if reports and (beside := report.join_other_ticket(state, inbound, now, context)):
        return beside
    if state.draft is not None and inbound.kind == "sticker":
        return step(state, outcome="noted")  # what is said to the report is answer enough
    if state.draft is not None:
        return report.add(state, inbound, now, context)
    if reports:
        return report.add(state, inbound, now, context, to=belonging.follows(state, inbound, now, context))
    return _reply_later(state, inbound, now, context)


def _at_once(state: State, inbound: InboundMessage, now: datetime, context: TurnContext) -> Step | None:
    """The turn for what is answered without waiting: taps, commands, what was asked for, known questions."""
    if inbound.choice:
        return replies.tap(state, inbound, now, context)
    if inbound.advice and inbound.kind == "text" and not any(letter.isalpha() for letter in inbound.text):
        return _only_advised(state, inbound, context)
    if inbound.phone:
        return replies.number_shared(state, inbound, context)
    if sure := replies.about_cancelling(state, inbound, now, context):
        return sure
    if context.command:
        return replies.command(state, inbound, now, context)
    return _answering(state, inbound, now, context)


def _answering(state: State, inbound: InboundMessage, now: datetime, context: TurnContext) -> Step | None:
    """The turn for what answers us, or asks us something; the first that it is."""
    of_result = (
        followup.expected(state, inbound, now, context)
        or followup.about_result(state, inbound, now, context)
        or followup.told_result(state, inbound, now, context)
    )
    if of_result:
        return of_result
    if answered := questions.reply(state, inbound, now, context):
        return questions.not_twice(state, answered, inbound, now, context)
    return _known_question(state, inbound, context)


def _only_advised(state: State, inbound: InboundMessage, context: TurnContext) -> Step:
    """A number alone that nobody needs: that is said, once, and nothing else."""
    if not state.advice:
        return step(state, outcome="noted")
    state, said = answer(state, context, inbound.advice)
    return step(state, said, outcome="answered")


def _known_question(state: State, inbound: InboundMessage, context: TurnContext) -> Step | None:
    """A question that staff keep the answer to."""
    if not context.faq or state.draft is not None or belonging.meant(inbound, context):
        return None
    state, said = answer(state, context, "faq", detail=context.faq)
    return step(state, said, outcome="answered")


def _with_request(
    taken: Step, inbound: InboundMessage, context: TurnContext, *, silent: bool = False
) -> Step:
    """The same step where a message, whatever else it says, also asks about the citizen's data."""
    if not context.data_request or any(isinstance(each, AskOfficer) for each in taken.effects):
        return taken
    asking = AskOfficer(context.data_request, inbound.text)
    if silent:
        return replace(taken, effects=(*taken.effects, asking))
    state, said = answer(taken.state, context, "data_asked_again" if context.data_asked else "data_asked")
    return replace(taken, state=state, effects=(*taken.effects, asking, said))


def _paced(before: State, at_once: Step, now: datetime) -> Step:
    """Lets the turn be, unless it only talks and too many such were taken of late: then one answer stands for all."""
    recent = tuple(at for at in before.answers if now - at < timedelta(minutes=1))
    words = Say | AnswerStatus | AskOfficer | AskStaff | Join
    only_words = all(isinstance(effect, words) for effect in at_once.effects)
    if not only_words or len(recent) < time_limits.ANSWERS_A_MINUTE:
        state = replace(at_once.state, answers=(*recent, now))
        return replace(at_once, state=state)
    at = before.reply_at if before.reply == "busy" else now + time_limits.FLOOD_PAUSE
    kept = [effect for effect in at_once.effects if not isinstance(effect, Say | AnswerStatus)]
    return step(replace(before, reply="busy", reply_at=at), *kept, outcome="answered")


def _reply_later(state: State, inbound: InboundMessage, now: datetime, context: TurnContext) -> Step:
    """Talk is answered once, when the citizen has come to rest; what cannot be read outranks it."""
    key = ALIKE.get(context.chatter, context.chatter) or REPLIES.get(inbound.kind, "unsupported")
    wordless = not any(letter.isalpha() for letter in inbound.text)
    if (
        key == "hello"
        and wordless
        and state.confirmed_at
        and now - state.confirmed_at < time_limits.FOLLOW_UP
    ):
        key = "thanks"
    keeps = state.reply_at is not None and key != "unsupported"
    state = replace(
        state, reply=state.reply if keeps else key, reply_at=state.reply_at or now + context.settle
    )
    return step(state, outcome="answered")


def _is_quiet(now: datetime, context: TurnContext) -> bool:
    """Whether a person has the talk, or nobody is to be answered."""
    return context.blocked or is_silent(now, context)


def _reports(inbound: InboundMessage, context: TurnContext) -> bool:
    return inbound.kind in PIECES and not (context.chatter or context.command or inbound.choice)


def is_silent(now: datetime, context: TurnContext) -> bool:
    return context.silent_until is not None and now < context.silent_until


def _keep_quiet(state: State, inbound: InboundMessage, now: datetime, context: TurnContext) -> Step:
    """Kept for staff. What may be a report is held for the line, too, until one of them has written."""
    if context.blocked:
        return step(state, outcome="blocked")
    if inbound.kind in CHANGES:
        return _wordless(state, report.change(state, inbound, context))
    heard = _heard_by_staff(state, inbound, now, context)
    return replace(heard, effects=heard.effects + _waits(inbound, context))


def _heard_by_staff(state: State, inbound: InboundMessage, now: datetime, context: TurnContext) -> Step:
    reports = _reports(inbound, context)
    if reports and (joined := report.join_replied(state, inbound, now, context)):
        return _wordless(state, joined)
    if context.staffed and inbound.kind in PIECES:
        return report.join_discussed(state, inbound, context)
    if context.staffed or not reports:
        return step(state, outcome="staff")
    return report.collect(state, inbound, now, context)


def _waits(inbound: InboundMessage, context: TurnContext) -> tuple[AskStaff, ...]:
    """In a talk with staff whatever is said waits for them; thanks alone do not."""
    if context.chatter in ("thanks", "blessing"):
        return ()
    return (AskStaff("wrote", inbound.text, inbound.about or context.discussed),)


def _wordless(before: State, taken: Step) -> Step:
    """The same turn with nothing said, not even the notice."""
    done = (effect for effect in taken.effects if not isinstance(effect, Say))
    unsaid = replace(taken.state, notice=before.notice, passed_at=before.passed_at)
    return replace(taken, state=unsaid, effects=tuple(done))


def _wake(state: State, now: datetime, context: TurnContext) -> Step:
    draft = state.draft
    if second := danger.wake(state, now, context):
        return second
    quiet = _is_quiet(now, context)
    if told := lost_files.wake(state, now, context, quiet=quiet):
        return told
    if quiet:
        return report.snooze(state, now, context)
    if draft is not None and (draft.held or now >= draft.due):
        if state.reply_at is not None and now >= state.reply_at:
            state = replace(state, reply="", reply_at=None)  # one answer stands for both
        return report.decide(state, draft, now, context, expired=draft.is_overdue)
    if overdue := followup.reason_overdue(state, now, context):
        return overdue
    if state.reply_at is not None and now >= state.reply_at:
        state, said = answer(replace(state, reply="", reply_at=None), context, state.reply)
        return step(state, said)
    return step(state)
