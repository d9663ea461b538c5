"""What the router learns from clerks: of a labelled file, four fifths go over the desk and one fifth is asked.

A message becomes a ticket with the router's suggestion, a clerk corrects what is labelled otherwise and takes it in
hand, the share of other bodies' jobs follows, and what was corrected is learned and has to pass the gate. All that is
rolled back before the next fifth. Each trains a model: it takes minutes.
"""

import json
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bench import site

if TYPE_CHECKING:
    from departments.routing.route import Suggestion
    from departments.training.router_corpus import RoutingExample
    from tickets.record.permissions import Actor

FOLDS = 5
BARS = {"department": 0.83, "department_or_also": 0.92}
Asked = list[tuple["RoutingExample", "Suggestion"]]


class _Desk(NamedTuple):
    clerk: "Actor"
    now: datetime


def run(_directory: Path, *, labelled: Path) -> dict[str, object]:
    """The shares that are right with nothing learned and with what the other four fifths teach, and what the gate
    said of each.
    """
    site.prepare()
    from django.contrib.auth.models import User
    from django.utils import timezone

    from departments.base_data.loading import load_base_data
    from departments.models import Category
    from departments.routing.route import route
    from departments.training.router_corpus import read
    from tickets.record.permissions import actor_of

    load_base_data()
    examples = list(read(labelled))
    lines = filter(str.strip, labelled.read_text(encoding="utf-8").split("\n"))
    home = dict(Category.objects.values_list("code", "department__code"))
    also = {row["text"]: frozenset(map(home.get, row.get("also", ()))) for row in map(json.loads, lines)}
    desk = _Desk(actor_of(User.objects.create_superuser("clerk")), timezone.now())
    untaught = [(each, route(each.text)) for each in examples]
    taught: Asked = []
    rows = []
    for fold in range(FOLDS):
        others = [each for at, each in enumerate(examples) if at % FOLDS != fold]
        asked, row = _learned(others, examples[fold::FOLDS], desk)
        taught += asked
        rows.append(row | _figures(asked, also))
        print(f"{fold + 1} of {FOLDS}: {rows[-1]}", file=sys.stderr, flush=True)
    return {
        "messages": len(examples),
        "taken_over": sum(not row["objections"] for row in rows),
        **{f"untaught_{name}": figure for name, figure in _figures(untaught, also).items()},
        **_figures(taught, also),
        **{f"{name}_bar": bar for name, bar in BARS.items()},
        "rows": rows,
    }


def _learned(
    others: "Sequence[RoutingExample]", asked: "Sequence[RoutingExample]", desk: _Desk
) -> tuple[Asked, dict[str, object]]:
    """The suggestions for what is asked, after the others went over the desk; nothing of it is kept."""
    from django.db import transaction

    from departments.common import cache
    from departments.models import OutsideShare
    from departments.routing.route import route
    from departments.training.router_retraining import promote, retrain
    from tickets.router_review.threshold_tuning import tune_router_thresholds

    with transaction.atomic():
        for number, each in enumerate(others):
            # Each at a moment of its own: by moments the corrections of a ticket are found that becomes restricted.
            _work_on(each, desk._replace(now=desk.now - timedelta(hours=1) + timedelta(seconds=number)))
        tune_router_thresholds(now=desk.now)
        result = retrain()
        if not result.objections:
            promote(result)
        suggested = [(each, route(each.text)) for each in asked]
        row: dict[str, object] = {
            "corrections": result.corrections,
            "believable": round(result.believable, 3),
            "found": round(result.found, 3),
            "lost": result.lost.total(),
            "gained": result.gained.total(),
            "outside_share": OutsideShare.objects.values_list("share", flat=True).last(),
            "objections": "; ".join(result.objections),
        }
        transaction.set_rollback(True)
    cache.refresh()
    return suggested, row


def _work_on(example: "RoutingExample", desk: _Desk) -> None:
    """A ticket of the message as the line opens it, put right where it is labelled otherwise, and taken in hand."""
    from departments.models import Agency, Category, Department
    from departments.routing.route import route
    from tickets.casework.classifying import classify
    from tickets.casework.opening import Report, open_ticket
    from tickets.casework.transitions import change_status
    from tickets.models import Kind, Source
    from tickets.record.permissions import Actor
    from tickets.record.statuses import Status

    said = route(example.text)
    category = Category.objects.get(code=said.category)
    sent = category.agency is None and said.sure
    ticket = open_ticket(
        report=Report(
            channel=Source.WHATSAPP,
            kind=Kind(said.kind) if said.kind in Kind.values else Kind.SIKAYET,
            description=example.text,
            category=category,
            department=Department.objects.get(code=said.department) if sent else None,
            proposed_agency=category.agency,
            routed=said.dump(),
        ),
        actor=Actor.system(),
        now=desk.now,
        announce=False,
    )
    right = Category.objects.get(code=example.category)
    if right != category:
        ticket = classify(ticket=ticket, category=right, actor=desk.clerk, now=desk.now)
    elif not sent and right.agency is None:
        ticket = change_status(
            ticket=ticket, to=Status.ASSIGNED, department=right.department, actor=desk.clerk, now=desk.now
        )
    to = Status.IN_PROGRESS if right.agency is None else Status.REDIRECTED
    agency = Agency.objects.get(code=example.jurisdiction) if right.agency is not None else None
    change_status(ticket=ticket, to=to, agency=agency, actor=desk.clerk, now=desk.now)


def _figures(asked: Asked, also: dict[str, frozenset[str | None]]) -> dict[str, float]:
    from departments.organisation.agency_codes import OURS

    outside = [(each, said) for each, said in asked if each.jurisdiction != OURS]
    sure = [(each, said) for each, said in asked if said.sure]

    def accepted(each: "RoutingExample", said: "Suggestion") -> bool:
        return said.department == each.department or said.department in also[each.text]

    return {
        "department": _share([each.department == said.department for each, said in asked]),
        "department_or_also": _share([accepted(*pair) for pair in asked]),
        "outside_itself": _share([each.jurisdiction == said.jurisdiction for each, said in outside]),
        "sure": _share([said.sure for _, said in asked]),
        "sure_right": _share([accepted(*pair) for pair in sure]),
    }


def _share(hits: Sequence[bool]) -> float:
    return round(sum(hits) / len(hits), 4) if hits else 0.0
