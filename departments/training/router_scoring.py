"""Scores of suggestions against labelled messages: accuracy, recall, precision, confusions."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from departments.organisation.agency_codes import OURS
from departments.routing.route import Suggestion
from departments.training.router_corpus import RoutingExample

Share = float | None


@dataclass(frozen=True)
class Scores:
    """Shares from 0 to 1; None where no message counts for a figure.

    `mahalle_invented` is among the messages that name none. `confusions` are (labelled, suggested), most frequent
    first.
    """

    messages: int
    department: Share
    three_departments: Share
    category: Share
    kind: Share
    outside_recall: Share
    outside_precision: Share
    urgent_recall: Share
    urgent_precision: Share
    mahalle_recall: Share
    mahalle_invented: Share
    ticket_no: Share
    by_department: Mapping[str, tuple[int, Share]]
    confusions: Sequence[tuple[tuple[str, str], int]]


def score(examples: Sequence[RoutingExample], suggestions: Iterable[Suggestion]) -> Scores:
    """Compares the suggestions for these examples, one for each, with their labels."""
    pairs = list(zip(examples, suggestions, strict=True))
    outside = [(e.jurisdiction != OURS, s.jurisdiction != OURS) for e, s in pairs]
    urgent = [(e.urgent, s.urgent) for e, s in pairs]
    departments = sorted({e.department for e in examples})
    return Scores(
        messages=len(pairs),
        department=_share(e.department == s.department for e, s in pairs),
        three_departments=_share(e.department in {a.department for a in s.alternatives} for e, s in pairs),
        category=_share(e.category == s.category for e, s in pairs),
        kind=_share(e.kind == s.kind for e, s in pairs),
        outside_recall=_share(suggested for true, suggested in outside if true),
        outside_precision=_share(true for true, suggested in outside if suggested),
        urgent_recall=_share(suggested for true, suggested in urgent if true),
        urgent_precision=_share(true for true, suggested in urgent if suggested),
        mahalle_recall=_share(e.mahalle == s.neighbourhood_name for e, s in pairs if e.mahalle),
        mahalle_invented=_share(s.neighbourhood is not None for e, s in pairs if not e.mahalle),
        ticket_no=_share(e.ticket_no == s.ticket_no for e, s in pairs if e.ticket_no or s.ticket_no),
        by_department={
            code: (len(own), _share(own))
            for code in departments
            for own in [[e.department == s.department for e, s in pairs if e.department == code]]
        },
        confusions=Counter(
            (e.category, s.category) for e, s in pairs if e.category != s.category
        ).most_common(),
    )


def _share(hits: Iterable[bool]) -> Share:
    found = list(hits)
    return sum(found) / len(found) if found else None
