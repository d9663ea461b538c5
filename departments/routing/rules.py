"""Staff's own rules, which beat the model: the first whose conditions all hold decides."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from departments.common.cache import RevalidatedCache
from departments.places.models import Neighbourhood
from departments.places.points import Point
from departments.routing.models import RoutingRule
from departments.text.folding import fold
from departments.text.vocabulary import Lexicon, Token
from departments.working_time.working_hours import ISTANBUL


@dataclass(frozen=True, slots=True)
class RuleInput:
    """All that a rule may look at. `category` is the model's; unknown things are None and satisfy no condition."""

    message: tuple[Token, ...]
    category: str
    neighbourhood: str | None
    point: Point | None
    at: datetime | None
    earlier_tickets: int


@dataclass(frozen=True)
class Rule:
    """A row of RoutingRule made ready to be asked often. Codes throughout."""

    name: str
    words: Lexicon | None
    given: str | None
    neighbourhoods: frozenset[str]
    area: BaseGeometry | None
    hours: tuple[int, int] | None
    earlier_tickets: int
    category: str | None
    department: str | None
    triage: bool

    @classmethod
    def of(cls, row: RoutingRule, neighbourhoods: Iterable[Neighbourhood]) -> "Rule":
        """The rule of a row, saved or not; its neighbourhoods apart, since an unsaved row has none."""
        entries = [_entry(line) for line in row.words.splitlines() if fold(line)]
        hours = None if row.from_hour is None or row.to_hour is None else (row.from_hour, row.to_hour)
        return cls(
            name=row.name,
            words=Lexicon(("", 1.0, entry) for entry in entries) if entries else None,
            given=row.given.code if row.given else None,
            neighbourhoods=frozenset(each.code for each in neighbourhoods),
            area=shape(row.area) if row.area else None,
            hours=hours,
            earlier_tickets=row.earlier_tickets or 0,
            category=row.category.code if row.category else None,
            department=row.department.code if row.department else None,
            triage=row.triage,
        )

    def holds(self, given: RuleInput) -> bool:
        """Whether every condition of the rule is met."""
        return (
            (self.words is None or any(True for _ in self.words.find(given.message)))
            and self.given in (None, given.category)
            and (not self.neighbourhoods or given.neighbourhood in self.neighbourhoods)
            and (self.area is None or _lies_in(self.area, given.point))
            and (self.hours is None or _is_between(self.hours, given.at))
            and given.earlier_tickets >= self.earlier_tickets
        )


def rules_in_use() -> Sequence[Rule]:
    """The rules in their order."""
    return _rules.get()


def deciding(rules: Sequence[Rule], given: RuleInput) -> Rule | None:
    """The first of the rules that holds."""
    return next((rule for rule in rules if rule.holds(given)), None)


def _entry(line: str) -> str:
    """A line as the vocabulary writes entries: folded, a mark at the end kept."""
    return fold(line) + ("!" if line.rstrip().endswith("!") else "")


def _lies_in(area: BaseGeometry, point: Point | None) -> bool:
    return point is not None and bool(area.intersects(shapely.Point(point.lon, point.lat)))


def _is_between(hours: tuple[int, int], at: datetime | None) -> bool:
    if at is None:
        return False
    start, end = hours
    hour = at.astimezone(ISTANBUL).hour
    return start <= hour < end if start <= end else hour >= start or hour < end


def _load() -> tuple[Rule, ...]:
    rows = RoutingRule.objects.filter(active=True).select_related("given", "category", "department")
    return tuple(
        Rule.of(row, row.neighbourhoods.all())
        for row in rows.prefetch_related("neighbourhoods").order_by("position", "id")
    )


_rules = RevalidatedCache(_load)
