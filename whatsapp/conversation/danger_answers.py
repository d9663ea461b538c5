"""Which sentence answers what somebody in danger writes (docs/danger.md): keys of whatsapp/texts/danger_sentences.toml,
where their words stand. Pure.
"""

from departments.danger_reader.kinds import DESPAIR, TAKEN_FOR_SURE, DangerKind, kinds
from whatsapp.conversation.state import ToldDanger
from whatsapp.conversation.types import Danger, InboundMessage, TicketView, TurnContext

IN_EVERY_LANGUAGE = "foreign.any"
FUMES = frozenset({"gas_in", "gas_out", "co"})
CANNOT_GET_OUT_OF = frozenset({"gas_in", "gas_out", "co", "collapse", "drowning"})
UNNAMED = frozenset({"cry", "other"})  # nobody knows what the danger is
HAS_RESTRICTED_FORM = frozenset({"no_answer", "cannot_speak", "taken_back", "in_hand"})
UNANSWERED = frozenset({"died", "unreachable"})
NUMBERED = frozenset({"place", "place_exactly", "placed", "animal"})  # second messages that name the ticket
CANCELLED = "CANCELLED"


def first(told: Danger, key: str) -> str:
    """The kind's own sentence, where it is sure; to a child that writes Turkish, one step and "sen"; in three languages
    at once to whoever writes none of them.
    """
    if not told.language:
        return IN_EVERY_LANGUAGE
    if not told.sure:
        return unsure(kinds()[key])
    family = kinds()[key].family
    if not told.child or told.language != "tr" or family in DESPAIR:
        return f"first.{'violence' if key == 'cry' else key}"
    return _child_sentence(family)


def unsure(kind: DangerKind) -> str:
    """The calm conditional line, where danger is possible and not sure."""
    if kind.family in TAKEN_FOR_SURE:
        return "unsure.restricted"
    return "unsure.fumes" if kind.family in FUMES else "unsure.bite" if kind.key == "bite" else "unsure.any"


def short(kind: DangerKind) -> str:
    """One line, for a danger that is told again."""
    if kind.family in DESPAIR:
        return "again.despair"
    return "again.out" if kind.family in ("gas_in", "co") else "again.any"


def second(told: ToldDanger, own: TicketView | None, context: TurnContext) -> str:
    """The name of the second message, which leaves after the settling time; '' for none."""
    second = kinds()[told.kind].second
    where_known = own is not None and (own.placed or own.addressed)
    if told.restricted and second in NUMBERED:
        second = "where_is_it"
    if second == "place" and where_known:
        return "placed"
    in_mahalle = own is not None and own.in_mahalle
    if second == "place" and in_mahalle:
        return "place_exactly"
    if second in ("where_is_it", "last_seen") and (where_known or in_mahalle):
        return ""
    if second == "last_seen" and own is not None and own.described:
        return ""
    return "where_and_number" if second == "where" and not context.phone_known else second


def reply(known: ToldDanger, inbound: InboundMessage, context: TurnContext) -> str:
    """The sentence that answers what people in danger write next; '' for none."""
    kind = kinds()[known.kind]
    if context.follow:
        return _follow(context.follow, kind, known)
    if kind.second and tells_where(known, inbound, context):
        return "answered.thanks" if known.restricted else "answered.place"
    if was_cancelled(known, context) and not context.chatter:
        return short(kind)
    return ""


def tells_where(known: ToldDanger, inbound: InboundMessage, context: TurnContext) -> bool:
    """Whether the message says where the danger is."""
    return inbound.place is not None or inbound.where or (known.asked and context.place_known)


def was_cancelled(known: ToldDanger, context: TurnContext) -> bool:
    """Whether the citizen has cancelled the ticket of the danger."""
    own = context.ticket(known.ticket)
    return own is not None and own.status == CANCELLED


def keeps_inside(kind: DangerKind) -> bool:
    """Whether who takes such a danger to be past stays in what kills them."""
    return short(kind) == "again.out"


def _follow(follow: str, kind: DangerKind, known: ToldDanger) -> str:
    """To what they write next, by its name in commands.toml."""
    despair = kind.family in DESPAIR
    of_family = {
        "cannot_get_out": {"fire": "first.fire_in"}
        | dict.fromkeys(CANNOT_GET_OUT_OF, "follow.cannot_get_out"),
        "found": dict.fromkeys(("lost_child", "lost_adult"), "follow.found"),
        "woke": {"unconscious": "follow.woke", "injury": "follow.woke", "co": "again.out"},
    }
    if follow in of_family:
        return of_family[follow].get(kind.family, "")
    if follow in UNANSWERED:
        return ""
    if follow == "over" and keeps_inside(kind):
        return short(kind)
    if follow == "over":
        follow = "in_hand"
    if follow == "insists":
        return "" if known.restricted and not despair else short(kind)
    if follow == "taken_back" and despair:
        return "follow.taken_back_despair"
    if follow == "child_alone" and known.language == "tr" and not despair and kind.key not in UNNAMED:
        return _child_sentence(kind.family)
    form = "_restricted" if known.restricted and follow in HAS_RESTRICTED_FORM else ""
    return f"follow.{follow}{form}"


def _child_sentence(family: str) -> str:
    """One step, to a child that writes Turkish."""
    if family == "fire":
        return "child.fire"
    if family in FUMES:
        return "child.gas"
    return "child.violence" if family in ("violence", "cry") else "child.any"
