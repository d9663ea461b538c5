"""From what a citizen wrote, and where, to a suggestion: department, category, urgency, mahalle, kind.

The brain is a vocabulary of stems (vocabulary.py); `route` is the door and stays when the brain is replaced.
"""

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Count, Max

from .fresh import Fresh
from .gazetteer import mahalle_named_in
from .loading import OURS
from .models import Category, Neighbourhood
from .places import Point, locate
from .vocabulary import Token, tokens, vocabulary

SURE_FROM = 0.5
DOUBT = 3.0
CITED_NUMBER_WEIGHT = 6.0
USUAL_KIND_WEIGHT = 0.9

FRONT_DESK = "ILETISIM"
FALLBACK = "genel_bilgi"
STATUS_QUESTION = "durum_sorgu"
COMPLAINT = "sikayet"
REPORT = "ihbar"
# What the departments asked most often for are, to fill the alternatives where the text says too little.
USUAL = (FALLBACK, "yol_cukur", "cop_toplama", "park_bakim")
DEPARTMENTS_OFFERED = 3

_TICKET_NUMBER = re.compile(
    r"\bMG[\s-]*\d{4}[\s-]*\d{3,}\b"
    r"|\b20\d{2}\s*/\s*\d{3,}\b"
    r"|(?<=#)\d{4,}\b"
    r"|(?:takip|ba[şs]vuru|kay[ıi]t|talep|talebim|dilek[çc]e)\w*(?:\s+n(?:o|u|umara)\w*)?\s*[:.]?\s*(\d{4,})\b"
    r"|\b(\d{4,})(?=\s*(?:no['’]?lu|numaral[ıi])\s+(?:ba[şs]vuru|talep|taleb|kay|[şs]ikayet|dilek))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Alternative:
    """A department that may be meant, with its likeliest category."""

    department: str
    category: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the router makes of a message. Codes throughout; `jurisdiction` is "melikgazi" or an agency's code.

    `ticket_no` is a cited number exactly as it stands in the text. `alternatives` are three different departments, best
    first, the chosen one among them. `reasons` tell staff, in Turkish, what the suggestion rests on.
    """

    department: str
    category: str
    jurisdiction: str
    urgent: bool
    urgent_reason: str
    neighbourhood: str | None
    neighbourhood_name: str | None
    ticket_no: str | None
    kind: str
    confidence: float
    alternatives: tuple[Alternative, ...]
    reasons: tuple[str, ...]

    @property
    def sure(self) -> bool:
        """Whether a ticket may go to the department without a person looking first."""
        return self.confidence >= SURE_FROM


def route(text: str, point: Point | None = None) -> Suggestion:
    """The suggestion for a message and, if known, its place.

    Always gives one: without anything to go by it is the front desk with confidence 0. Reads tables only when they
    changed. A pin inside imported boundaries outweighs the mahalle in the text, which outweighs the nearest centroid.
    """
    message = tokens(text)
    ticket_no = _ticket_number(text)
    table = _targets.get()
    ranked = _rank(message, cites_ticket=ticket_no is not None, table=table)
    code = ranked[0].category
    neighbourhood, place_reason = _place(message, point)
    danger = _danger(message)
    alternatives = _alternatives(ranked, table)
    return Suggestion(
        department=table[code].department,
        category=code,
        jurisdiction=table[code].jurisdiction,
        urgent=bool(danger),
        urgent_reason=danger,
        neighbourhood=neighbourhood.code if neighbourhood else None,
        neighbourhood_name=neighbourhood.name if neighbourhood else None,
        ticket_no=ticket_no,
        kind=_kind(message, code, dangerous=bool(danger)),
        confidence=alternatives[0].confidence,
        alternatives=alternatives,
        reasons=tuple(reason for reason in (_words_reason(message, ranked[0]), place_reason) if reason),
    )


class _Target(NamedTuple):
    department: str
    jurisdiction: str


class _Ranked(NamedTuple):
    category: str
    score: float
    at: tuple[int, ...]


def _rank(message: tuple[Token, ...], *, cites_ticket: bool, table: Mapping[str, _Target]) -> list[_Ranked]:
    """The categories that the words speak for, heaviest first; the fallback alone when they speak for none."""
    words = vocabulary()
    against = words.against.scores(message)
    ranked = [
        _Ranked(code, words.factors.get(code, 1.0) * (score - against.get(code, (0.0, ()))[0]), at)
        for code, (score, at) in words.categories.scores(message).items()
        if code in table
    ]
    if cites_ticket:
        found = next(
            (each for each in ranked if each.category == STATUS_QUESTION), _Ranked(STATUS_QUESTION, 0, ())
        )
        ranked = [each for each in ranked if each is not found]
        ranked.append(found._replace(score=found.score + CITED_NUMBER_WEIGHT))
    ranked = [each for each in ranked if each.score > 0]
    return sorted(ranked, key=lambda each: -each.score) or [_Ranked(FALLBACK, 0.0, ())]


def _alternatives(ranked: list[_Ranked], table: Mapping[str, _Target]) -> tuple[Alternative, ...]:
    """The best category of each of three departments. Confidence is the share of what the best two and doubt weigh."""
    weight = sum(each.score for each in ranked[:2]) + DOUBT
    usual = [_Ranked(code, 0.0, ()) for code in USUAL if code in table]
    best: dict[str, Alternative] = {}
    for category, score, _ in (*ranked, *usual):
        department = table[category].department
        best.setdefault(department, Alternative(department, category, round(score / weight, 3)))
    return tuple(best.values())[:DEPARTMENTS_OFFERED]


def _danger(message: tuple[Token, ...]) -> str:
    """Why the message is urgent, in Turkish, or nothing."""
    words = vocabulary()
    harmless = {found.label for found in words.harmless.find(message)}
    return next((found.label for found in words.dangers.find(message) if found.label not in harmless), "")


def _kind(message: tuple[Token, ...], category: str, *, dangerous: bool) -> str:
    """A category may be a kind by itself; danger is a report unless the words ask for something."""
    words = vocabulary()
    own = words.own_kinds.get(category)
    if own:
        return own
    scores = {kind: score for kind, (score, _) in words.kinds.scores(message).items()}
    usual = REPORT if dangerous else words.default_kinds.get(category, COMPLAINT)
    scores[usual] = scores.get(usual, 0.0) + USUAL_KIND_WEIGHT
    return max(scores, key=lambda kind: scores[kind])


def _ticket_number(text: str) -> str | None:
    found = _TICKET_NUMBER.search(text)
    return next((group for group in (*found.groups(), found.group()) if group), None) if found else None


def _place(message: tuple[Token, ...], point: Point | None) -> tuple[Neighbourhood | None, str]:
    """The mahalle and the reason for it."""
    located = locate(point) if point else None
    named = mahalle_named_in(message)
    if located and located.neighbourhood and not located.approximate:
        differs = f"; metinde {named} geçiyor" if named and named != located.neighbourhood else ""
        return located.neighbourhood, f"konum {located.neighbourhood} sınırları içinde{differs}"
    if named:
        return named, f"metinde geçen mahalle: {named}"
    if located and located.neighbourhood:
        return located.neighbourhood, f"konuma en yakın mahalle (yaklaşık): {located.neighbourhood}"
    return None, ""


def _words_reason(message: tuple[Token, ...], best: _Ranked) -> str:
    return f"sözcükler: {', '.join(message[position].text for position in best.at)}" if best.at else ""


def _load() -> dict[str, _Target]:
    rows = Category.objects.filter(active=True, department__isnull=False).values_list(
        "code", "department__code", "agency__code"
    )
    targets = {code: _Target(department, agency or OURS) for code, department, agency in rows}
    return {FALLBACK: _Target(FRONT_DESK, OURS), STATUS_QUESTION: _Target(FRONT_DESK, OURS)} | targets


def _stamp() -> Hashable:
    counted = Category.objects.aggregate(Max("updated_at"), Count("id"))
    return counted["updated_at__max"], counted["id__count"]


_targets = Fresh(load=_load, stamp=_stamp)
