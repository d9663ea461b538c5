"""The diagram of docs/conversation.md, drawn by playing everything that can happen from everywhere a talk can stand.

A test holds the document to it, and shows the new one where they differ.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from whatsapp.conversation.effects import OpenDanger, OpenTicket
from whatsapp.conversation.engine import advance
from whatsapp.conversation.state import LinkedTicket, State, confirmed, endangered
from whatsapp.conversation.types import Danger, Event, InboundMessage, TicketView, TimerFired, TurnContext

NOW = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
MAY = frozenset({"CANCELLED", "CLOSED", "ASSIGNED"})
OPEN = TicketView(7, "MG-2026-000007", "ASSIGNED", "yol_cukur", placed=True, may=MAY)
OTHER = replace(OPEN, ticket=8, number="MG-2026-000008")
FACTS = TurnContext(
    timedelta(seconds=6),
    timedelta(minutes=15),
    notice_version="1",
    category="yol_cukur",
    sure=True,
    place_required=True,
    own=(OPEN,),
)
SETTLED = replace(FACTS, own=(replace(OPEN, status="RESOLVED", resolved=True),))
UNCLEAR = replace(FACTS, category="cop_toplama", sure=False, guess=True, place_known=True)
NUMBER = OPEN.number

HAPPENINGS: dict[str, tuple[Event, TurnContext]] = {
    "yer ve açıklama": (InboundMessage(1, "text", "çukur"), replace(FACTS, place_known=True)),
    "açıklama": (InboundMessage(1, "text", "çukur"), FACTS),
    "başka konu olabilir": (InboundMessage(1, "text", "çöp"), UNCLEAR),
    "fotoğraf": (InboundMessage(1, "image"), FACTS),
    "ilçe dışı konum": (InboundMessage(1, "location", place=(39.9, 32.8)), replace(FACTS, outside=True)),
    "selam": (InboundMessage(1, "text", "selam"), replace(FACTS, chatter="hello")),
    "açılamayan mesaj": (InboundMessage(1, "unsupported"), FACTS),
    "tehlike": (
        InboundMessage(1, "text", "yangın"),
        replace(FACTS, danger=Danger("fire", sure=True, language="tr")),
    ),
    "durum": (InboundMessage(1, "text", "durum"), replace(FACTS, command="status")),
    "iptal": (InboundMessage(1, "text", "iptal"), replace(FACTS, command="cancel")),
    "iptal (iki başvuru)": (
        InboundMessage(1, "text", "iptal"),
        replace(FACTS, command="cancel", own=(OPEN, OTHER)),
    ),
    "temsilci": (InboundMessage(1, "text", "temsilci"), replace(FACTS, command="person")),
    "evet": (InboundMessage(1, "text", "evet"), replace(FACTS, yes=True)),
    "Bilgi ekle": (InboundMessage(1, "interactive", choice=f"add:{NUMBER}"), FACTS),
    "Konum düzelt": (InboundMessage(1, "interactive", choice=f"move:{NUMBER}"), FACTS),
    "Sorun çözüldü: Hayır": (InboundMessage(1, "interactive", choice=f"unsolved:{NUMBER}"), SETTLED),
    "yıldız": (InboundMessage(1, "interactive", choice=f"stars5:{NUMBER}"), SETTLED),
    "silme": (InboundMessage(2, "revoke", changes=1), FACTS),
    "hat susarken yazı": (
        InboundMessage(1, "text", "çukur"),
        replace(FACTS, silent_until=NOW + timedelta(hours=4)),
    ),
    "süre doldu": (TimerFired(), FACTS),
    "süre doldu (konu belirsiz)": (TimerFired(), UNCLEAR),
    "süre doldu (konum ilçe dışı)": (TimerFired(), replace(FACTS, outside=True)),
    "süre doldu (yer belli)": (TimerFired(), replace(FACTS, place_known=True)),
}
NAMES = {
    "rest": "dinleniyor",
    "danger": "tehlikede",
    "gathering": "toplanıyor",
    "held": "görevlide bekliyor",
    "reply_due": "cevap verilecek",
    "asked_what": "ne olduğu soruldu",
    "asked_place": "yeri soruldu",
    "asked_outside": "konum doğru mu soruldu",
    "asked_same": "aynı konu mu soruldu",
    "expects_add": "ek bekleniyor",
    "expects_move": "doğru yer bekleniyor",
    "expects_cancel": "iptal onayı bekleniyor",
    "expects_choose": "hangisinin iptal edileceği bekleniyor",
    "expects_reason": "neden bekleniyor",
    "expects_comment": "yorum bekleniyor",
}


def where(state: State) -> str:
    """The node of the diagram that a state is."""
    if state.danger is not None:
        return "danger"
    if state.draft is not None:
        asked = f"asked_{state.draft.asked[-1]}" if state.draft.asked else "gathering"
        return "held" if state.draft.held else asked
    if state.expect is not None:
        return f"expects_{state.expect.what}"
    return "reply_due" if state.reply_at else "rest"


def after(state: State, event: Event, facts: TurnContext) -> State:
    """The state after an event; a wake-up comes when it is due."""
    second_at = state.danger and state.danger.second_at
    open_until = (
        state.draft and state.draft.due,
        state.reply_at,
        state.expect and state.expect.until,
        second_at,
    )
    at = max([NOW, *(until for until in open_until if until)])
    turn = advance(state, event, at if isinstance(event, TimerFired) else NOW, facts)
    if any(isinstance(effect, OpenDanger) for effect in turn.effects):
        return endangered(turn.state, 7)
    opens = any(isinstance(effect, OpenTicket) for effect in turn.effects)
    return confirmed(turn.state, LinkedTicket(7, "yol_cukur", placed=True), NOW) if opens else turn.state


def edges() -> dict[tuple[str, str], list[str]]:
    """What leads from node to node, by playing everything from the first state found of each kind."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    begun = State(notice="1")
    waiting = [begun, confirmed(begun, LinkedTicket(7, "yol_cukur", placed=True), NOW)]
    seen = set[tuple[str, bool, bool]]()
    while waiting:
        state = waiting.pop(0)
        key = (where(state), state.confirmed_at is not None, bool(state.draft and state.draft.text))
        if key in seen:
            continue
        seen.add(key)
        for name, (event, facts) in HAPPENINGS.items():
            then = after(state, event, facts)
            step = (where(state), where(then))
            if step[0] != step[1] and name not in found[step]:
                found[step].append(name)
            waiting.append(then)
    return found


def lines() -> Iterator[str]:
    """The diagram in Mermaid."""
    yield "stateDiagram-v2"
    for node, name in NAMES.items():
        yield f"    {node}: {name}"
    yield "    [*] --> rest"
    for (start, end), names in sorted(edges().items()):
        if names:
            yield f"    {start} --> {end}: {'; '.join(names)}"
