"""Messages of the corpus, and suggestions of the router for them."""

from collections.abc import Iterable
from dataclasses import dataclass

from departments.models import Category
from departments.organisation.agency_codes import OURS
from departments.routing.route import Alternative, Suggestion

LESS_LIKELY = (0.06, 0.02)


@dataclass(frozen=True)
class CorpusMessage:
    """One message of the corpus."""

    text: str
    kind: str
    urgent: bool
    neighbourhood: str | None


def suggestion(
    category: Category, others: Iterable[Category], message: CorpusMessage, confidence: float
) -> Suggestion:
    """A suggestion of `category` with that confidence, and of `others` of two other departments as alternatives."""
    chosen = category.department.code if category.department else ""
    others_by_department = {
        each.department.code: each.code
        for each in others
        if each.department and each.department.code != chosen
    }
    alternatives = [
        Alternative(*other, likely)
        for other, likely in zip(others_by_department.items(), LESS_LIKELY, strict=False)
    ]
    return Suggestion(
        department=chosen,
        category=category.code,
        jurisdiction=category.agency.code if category.agency else OURS,
        urgent=message.urgent,
        urgent_reason="",
        level="work" if message.urgent else "none",
        danger="",
        neighbourhood=None,
        neighbourhood_name=message.neighbourhood,
        ticket_no=None,
        kind=message.kind,
        confidence=round(confidence, 4),
        alternatives=(Alternative(chosen, category.code, round(confidence, 4)), *alternatives),
        reasons=(f"Metindeki sözcükler: {category.name}",),
        sure_from=category.sure_from,
        triage=False,
        rule="",
        model="deneme",
    )
