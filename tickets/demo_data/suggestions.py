"""What people write, and what the router may have made of it."""

from collections.abc import Iterable
from dataclasses import dataclass

from departments.base_data import OURS
from departments.models import Category
from departments.routing.route import Alternative, Suggestion

LESS_LIKELY = (0.06, 0.02)


@dataclass(frozen=True)
class WordPool:
    """One message of the corpus."""

    text: str
    kind: str
    urgent: bool
    neighbourhood: str | None


def suggestion(said: Category, others: Iterable[Category], words: WordPool, confidence: float) -> Suggestion:
    """That the message is about `said`, so likely; its alternatives are the first two departments of others."""
    chosen = said.department.code if said.department else ""
    offered = {
        each.department.code: each.code
        for each in others
        if each.department and each.department.code != chosen
    }
    alternatives = [
        Alternative(*other, likely) for other, likely in zip(offered.items(), LESS_LIKELY, strict=False)
    ]
    return Suggestion(
        department=chosen,
        category=said.code,
        jurisdiction=said.agency.code if said.agency else OURS,
        urgent=words.urgent,
        urgent_reason="",
        neighbourhood=None,
        neighbourhood_name=words.neighbourhood,
        ticket_no=None,
        kind=words.kind,
        confidence=round(confidence, 4),
        alternatives=(Alternative(chosen, said.code, round(confidence, 4)), *alternatives),
        reasons=(f"Metindeki sözcükler: {said.name}",),
        sure_from=said.sure_from,
        triage=False,
        rule="",
        model="deneme",
    )
