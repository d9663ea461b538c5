"""From what a citizen wrote, and where, to a suggestion: department, category, urgency, mahalle, kind.

The learned model (model.py) weighs the words, the reader of danger (departments/danger_reader) raises the alarm
beside it, and staff's own rules (rules.py) have the last word. On a main road of another body its agency is proposed.
`route` is the entry point.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from math import log
from typing import Any, NamedTuple

from departments.common.cache import RevalidatedCache
from departments.danger_reader.reader import Reading, is_doubtful, read
from departments.organisation.agency_codes import OURS
from departments.organisation.models.categories import Category
from departments.places.models import Artery, Neighbourhood
from departments.places.names import mahalle_named_in
from departments.places.points import Located, Point, locate
from departments.routing import reasons
from departments.routing.active_model import active_model
from departments.routing.citations import cited_number_in
from departments.routing.model import LinearModel, Prediction
from departments.routing.rules import Rule, RuleInput, deciding, rules_in_use
from departments.routing.traffic import body_of, newest_traffic
from departments.text.excerpt import excerpt
from departments.text.questions import has_question_form
from departments.text.vocabulary import KINDS, Token, scores, tokens, vocabulary

# The kind, chosen on the corpus' authors, each left out whole (decision 6).
SPOKEN_KIND_WEIGHT = 0.18  # of words of a kind; who says them twice does not say more
DEFAULT_KIND_WEIGHT = 0.1  # of what a category is where the words do not say otherwise
SELDOM_WRITTEN = {"oneri": 0.08}  # the model underrates what it has seldom seen
COMPLAINT = "sikayet"
REASON_LENGTH = 200  # as much as a ticket keeps
FRONT_DESK = "ILETISIM"
FALLBACK = "genel_bilgi"
STATUS_QUESTION = "durum_sorgu"
MAIN_ROAD = "d_anayol"
# What the departments asked most often for are, to fill the alternatives where the text says too little.
USUAL = (FALLBACK, "yol_cukur", "cop_toplama", "park_bakim")
DEPARTMENTS_OFFERED = 3
UNDERSTOOD_WELL = 0.5
ORDINARY_FROM = 0.75  # so likely is a subject for what only may be danger to be believed less
# Urgent work is told by two that err on different words: the router's own head of urgency and the reader of danger, a
# logit of which counts for so much of that head. Chosen on messages written to measure (decision 17).
ALARM_COUNTS_FOR = 0.3
URGENT_FROM = -0.56
LEAST_ALARM = 0.001
ASKED_FROM = 0.15  # so likely have the other bodies together to be for a clerk to look first


@dataclass(frozen=True, slots=True)
class Alternative:
    """A department that may be meant, with its likeliest category and how likely that is."""

    department: str
    category: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the router makes of a message. Codes throughout; `jurisdiction` is "melikgazi" or an agency's code.

    `ticket_no` is a cited number exactly as it stands in the text. `alternatives` are three different departments,
    best first, the chosen one among them. `reasons` tell staff, in Turkish, what the suggestion rests on. `sure_from`
    is the category's threshold, `triage` a rule's wish that a person looks first; `model` and `rule` say who decided.
    `ordinary`: the subject is sure and nothing sounds urgent to the router. `district`: the other one of which a
    mahalle is named as the place, '' for none. `talk`: it sounds like what is said around reports, 2 surely, 1
    perhaps, 0 not (model.py); `asks`: an answer in words would settle it, 2 surely, 1 perhaps, 0 not; `beside` is what
    is asked beside a report of which all else speaks. `urgent` is whatever is not `level` "none"; `level` and
    `danger` (its kind, or that of urgent work) are those of departments.danger_reader.reader. `conditional`: the danger
    is only possible, and only the calm line is said.
    """

    department: str
    category: str
    jurisdiction: str
    urgent: bool
    urgent_reason: str
    level: str
    danger: str
    neighbourhood: str | None
    neighbourhood_name: str | None
    ticket_no: str | None
    kind: str
    confidence: float
    alternatives: tuple[Alternative, ...]
    reasons: tuple[str, ...]
    sure_from: float
    triage: bool
    rule: str
    model: str
    talk: int = 0
    asks: int = 0
    beside: str = ""
    district: str = ""
    ordinary: bool = False
    conditional: bool = False

    @property
    def sure(self) -> bool:
        """Whether a ticket may go to the department without a person looking first."""
        return not self.triage and self.confidence >= self.sure_from

    def dump(self) -> dict[str, Any]:
        """As JSON; `load` is its inverse."""
        return asdict(self)

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> "Suggestion":
        """What an earlier release kept besides is left out."""
        known = {name: value for name, value in data.items() if name in cls.__dataclass_fields__}
        alternatives = tuple(Alternative(**each) for each in data["alternatives"])
        return cls(**known | {"alternatives": alternatives, "reasons": tuple(data["reasons"])})


def route(
    text: str, point: Point | None = None, *, at: datetime | None = None, earlier_tickets: int = 0
) -> Suggestion:
    """The suggestion for a message and, if known, its place, its hour and how many tickets its citizen had before.

    Always gives one: without anything to go by it is the front desk with confidence 0. Reads tables only when they
    changed. A pin inside imported boundaries outweighs the mahalle in the text, which outweighs the nearest centroid.
    """
    model, rules = active_model(), rules_in_use()
    return suggest(text, point, at=at, earlier_tickets=earlier_tickets, model=model, rules=rules)


def mahalle_of(text: str, point: Point | None) -> Neighbourhood | None:
    """The mahalle alone that `route` would suggest."""
    return _place(tokens(excerpt(text)), point, locate(point) if point else None)[0]


def suggest(
    text: str,
    point: Point | None = None,
    *,
    at: datetime | None = None,
    earlier_tickets: int = 0,
    model: LinearModel,
    rules: Sequence[Rule],
) -> Suggestion:
    """As `route`, by the model and the rules given."""
    said = excerpt(text)
    message, ticket_no, table = tokens(said), cited_number_in(said), _targets.get()
    reading = model.read(message, cites_ticket=ticket_no is not None)
    likely = _likely(reading, table)
    located = locate(point) if point else None
    neighbourhood, place_reason = _place(message, point, located)
    code = neighbourhood.code if neighbourhood else None
    rule = deciding(rules, RuleInput(message, likely[0].category, code, point, at, earlier_tickets))
    artery = located.artery if located else None
    chosen = _by_rule(rule, likely[0], table) if rule else _on_road(artery, likely[0], table)
    target = table[chosen.category]
    ordinary = not reading.urgent and chosen.confidence >= ORDINARY_FROM
    return Suggestion(
        department=chosen.department,
        category=chosen.category,
        jurisdiction=target.jurisdiction,
        **_urgency(text, reading, ordinary=ordinary),
        ordinary=ordinary,
        neighbourhood=code,
        neighbourhood_name=neighbourhood.name if neighbourhood else None,
        ticket_no=ticket_no,
        kind=_kind(message, reading, chosen.category),
        confidence=chosen.confidence,
        alternatives=tuple(_offered(chosen, likely, table)),
        reasons=tuple(reasons.of(rule, _telling(message, reading, likely), place_reason, artery)),
        sure_from=target.sure_from,
        triage=rule.triage if rule else _may_be_elsewhere(message, chosen, likely, table),
        rule=rule.name if rule else "",
        model=model.metadata.version,
        talk=reading.talk,
        asks=reading.asks if reading.asks and has_question_form(said) else 0,
        district="" if neighbourhood else vocabulary().district_in(message),
    )


def _urgency(text: str, reading: Prediction, *, ordinary: bool) -> dict[str, Any]:
    """Danger as its reader finds it; whether anything else is urgent it and the router tell together."""
    danger = read(text)
    level, reason, kind = danger.level, danger.reason, danger.kind
    if level == "life" and ordinary and is_doubtful(danger):
        level, reason, kind = "none", "", ""
    if level != "life":
        level = "work" if _is_urgent(reading, danger) else "none"
        reason, kind = (reason or reasons.BY_THE_WHOLE, kind) if level == "work" else ("", "")
    return {
        "urgent": level != "none",
        "urgent_reason": reason[:REASON_LENGTH],
        "level": level,
        "danger": kind,
        "conditional": level == "life" and not danger.sure,
    }


def _is_urgent(reading: Prediction, danger: Reading) -> bool:
    alarm = min(max(danger.alarm, LEAST_ALARM), 1 - LEAST_ALARM)
    return reading.urgency + ALARM_COUNTS_FOR * log(alarm / (1 - alarm)) >= URGENT_FROM


class _Target(NamedTuple):
    """What a category means for a ticket; `borders` are the agencies whose job its questions say it may be,
    `counted_as` is whose tickets are counted together: they are chosen as a whole.
    """

    department: str
    jurisdiction: str
    sure_from: float
    counted_as: str
    borders: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls, department: str, jurisdiction: str, sure_from: float, borders: Iterable[str] = ()
    ) -> "_Target":
        return cls(department, jurisdiction, sure_from, body_of(department, jurisdiction), frozenset(borders))


def _shifted(reading: Prediction, table: Mapping[str, _Target]) -> Mapping[str, float]:
    """The probabilities where bodies are asked as often as here, not as the model learned."""
    traffic = _traffic.get()
    if traffic is None:
        return reading.categories
    ours, theirs = Counter[str](), Counter[str]()  # from how many messages of each body it learned
    for code, count in reading.evidence.model.metadata.learned.items():
        # The front desk's are answered in words and seldom become tickets.
        if code in table and table[code].counted_as != FRONT_DESK:
            (ours if table[code].jurisdiction == OURS else theirs)[table[code].counted_as] += count
    times = {**traffic.among(ours), **traffic.among(theirs)}
    raised = {
        code: likely
        * (times.get(table[code].counted_as, 1.0) if code in table else 1.0)
        * (traffic.outside_odds if code in table and table[code].jurisdiction != OURS else 1.0)
        for code, likely in reading.categories.items()
    }
    whole = sum(raised.values())
    return {code: likely / whole for code, likely in raised.items()}


def _likely(reading: Prediction, table: Mapping[str, _Target]) -> list[Alternative]:
    """The categories in use, likeliest first, but for the first: the likeliest of the department (and agency) that is
    likeliest as a whole, and how likely that is. The fallback alone when the model knows nothing of the message.

    Names of streets and people are strange words, too; a message of which it knows less than half is one that it
    cannot judge, and is believed the less.
    """
    if not reading.understood:
        return [Alternative(table[FALLBACK].department, FALLBACK, 0.0)]
    belief = min(1.0, reading.understood / UNDERSTOOD_WELL)
    likely = [
        Alternative(table[code].department, code, round(probability * belief, 3))
        for code, probability in _shifted(reading, table).items()
        if code in table
    ]

    wholes: dict[str, float] = defaultdict(float)
    for each in likely:
        wholes[table[each.category].counted_as] += each.confidence
    whole = max(wholes, key=lambda each: wholes[each])
    likely.sort(key=lambda each: -each.confidence)
    first = next(each for each in likely if table[each.category].counted_as == whole)
    return [replace(first, confidence=round(wholes[whole], 3)), *(each for each in likely if each != first)]


def _by_rule(rule: Rule, likeliest: Alternative, table: Mapping[str, _Target]) -> Alternative:
    """What the rule makes of the model's choice. What staff decided beforehand is certain."""
    category = rule.category if rule.category and rule.category in table else likeliest.category
    department = rule.department or table[category].department
    decided = rule.category is not None or rule.department is not None
    return Alternative(department, category, 1.0 if decided else likeliest.confidence)


def _on_road(artery: Artery | None, likeliest: Alternative, table: Mapping[str, _Target]) -> Alternative:
    """The main road's category where a category that borders on the job of its agency meets a place on it."""
    road = table.get(MAIN_ROAD)
    if artery is None or road is None or road.jurisdiction != artery.agency.code:
        return likeliest
    borders = artery.agency.code in table[likeliest.category].borders
    return Alternative(road.department, MAIN_ROAD, likeliest.confidence) if borders else likeliest


def _may_be_elsewhere(
    message: tuple[Token, ...],
    chosen: Alternative,
    likely: Sequence[Alternative],
    table: Mapping[str, _Target],
) -> bool:
    """Whether what is taken for ours may well be another body's job, or another district's: then the clerk is asked."""
    if table[chosen.category].jurisdiction != OURS:
        return False
    theirs = sum(each.confidence for each in likely if table[each.category].jurisdiction != OURS)
    return theirs >= ASKED_FROM or any(True for _ in vocabulary().elsewhere_in(message))


def _offered(
    chosen: Alternative, likely: Sequence[Alternative], table: Mapping[str, _Target]
) -> Iterator[Alternative]:
    """The chosen one and the best category of each of two other departments."""
    usual = (Alternative(table[code].department, code, 0.0) for code in USUAL if code in table)
    best: dict[str, Alternative] = {}
    for each in (chosen, *likely, *usual):
        best.setdefault(each.department, each)
    yield from list(best.values())[:DEPARTMENTS_OFFERED]


def _kind(message: tuple[Token, ...], reading: Prediction, category: str) -> str:
    """A category may be a kind by itself; otherwise what the whole sounds like, words of a kind and what the category
    most often is decide together.
    """
    words = vocabulary()
    own = words.own_kinds.get(category)
    if own:
        return own
    spoken = scores(words.stems.find(message, KINDS))
    usual = words.default_kinds.get(category, COMPLAINT)
    likely = {
        kind: score
        + SPOKEN_KIND_WEIGHT * min(spoken.get(kind, (0.0, ()))[0], 1.0)
        + DEFAULT_KIND_WEIGHT * (kind == usual)
        + SELDOM_WRITTEN.get(kind, 0.0)
        for kind, score in reading.kinds.items()
        if kind not in words.own_kinds.values()
    }
    return max(likely, key=lambda kind: likely[kind])


def _place(
    message: tuple[Token, ...], point: Point | None, located: Located | None
) -> tuple[Neighbourhood | None, str]:
    """The mahalle and the reason for it."""
    named = mahalle_named_in(message)
    if point and located and located.neighbourhood and not located.approximate:
        return located.neighbourhood, reasons.of_boundary(located.neighbourhood, point, named)
    nearest = located.neighbourhood if located else None
    if named:
        return named, reasons.of_name(named, nearest)
    return nearest, reasons.of_nearest(nearest) if nearest else ""


def _telling(message: tuple[Token, ...], reading: Prediction, likely: Sequence[Alternative]) -> Sequence[str]:
    """The words that speak for the likeliest department rather than for the next likely one."""
    likeliest = likely[0]
    other = next((each.category for each in likely if each.department != likeliest.department), "")
    at = reading.words_for(message, likeliest.category, other) if reading.understood else ()
    return [message[position].text for position in at]


def _load() -> dict[str, _Target]:
    rows = Category.objects.filter(active=True, department__isnull=False)
    targets = {
        row.code: _Target.of(
            row.department.code,
            row.agency.code if row.agency else OURS,
            min(max(row.sure_from + row.department.sure_offset, 0.0), 1.0) if row.sure_from < 1 else 1.0,
            (zone.agency.code for zone in row.grey_zones.all() if zone.agency),
        )
        for row in rows.select_related("department", "agency").prefetch_related("grey_zones__agency")
        if row.department
    }
    never = 1.0  # without base data there is nobody to send anything to
    front_desk = _Target.of(FRONT_DESK, OURS, never)
    return {FALLBACK: front_desk, STATUS_QUESTION: front_desk} | targets


_targets = RevalidatedCache(_load)
_traffic = RevalidatedCache(newest_traffic)
