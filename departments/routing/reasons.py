"""What a clerk reads of why a suggestion is what it is: the rule, the words, the place. In Turkish."""

from collections.abc import Iterator, Sequence

from departments.places.models import Artery, Neighbourhood
from departments.places.points import Point, to_border_m
from departments.routing.rules import Rule

BY_THE_WHOLE = "yazılanların bütünü"  # of what is urgent without a word that says so
CLOSE_TO_THE_BORDER_M = 100.0


def of(rule: Rule | None, words: Sequence[str], place: str, artery: Artery | None) -> Iterator[str]:
    """The reasons of a suggestion: the rule, the words that speak for it, what is said of the place, the main road."""
    if rule:
        yield f"kural: {rule.name}"
    if words:
        yield f"sözcükler: {', '.join(words)}"
    if place:
        yield place
    if artery:
        yield f"konum {artery} üzerinde: {artery.agency}"


def of_boundary(mahalle: Neighbourhood, point: Point, named: Neighbourhood | None) -> str:
    """Why that mahalle: the pin lies within its boundary. `named` is the one in the text."""
    differs = f"; metinde {named} geçiyor" if named and named != mahalle else ""
    return f"konum {mahalle} sınırları içinde{_border(point)}{differs}"


def of_name(named: Neighbourhood, nearest: Neighbourhood | None) -> str:
    """Why that mahalle: it stands in the text. `nearest` is the one nearest to the pin."""
    differs = f"; konum {nearest} yakınında (yaklaşık)" if nearest and nearest != named else ""
    return f"metinde geçen mahalle: {named}{differs}"


def of_nearest(nearest: Neighbourhood) -> str:
    """Why that mahalle: none is nearer to the pin."""
    return f"konuma en yakın mahalle (yaklaşık): {nearest}"


def _border(point: Point) -> str:
    """What staff should know where the next street may be another district's."""
    away = to_border_m(point)
    return f", ilçe sınırına {away:.0f} m" if away is not None and away <= CLOSE_TO_THE_BORDER_M else ""
