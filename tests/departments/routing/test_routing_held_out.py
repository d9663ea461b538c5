"""What the router makes of messages by somebody who had seen neither its stems nor its corpus. None of them is learned
from; an answer that changes here is looked at. The bars leave room for a message or two.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from departments.base_data.loading import DATA
from departments.organisation.agency_codes import OURS
from departments.routing.route import Suggestion, route
from departments.text.folding import fold
from departments.text.questions import read_questions
from departments.training.router_corpus import corpus
from departments.training.talk_examples import read_talk

pytestmark = pytest.mark.usefixtures("base")

HELD_OUT = Path(__file__).with_name("routing_held_out.jsonl")
Asked = list[tuple[dict[str, Any], Suggestion]]


@cache
def asked() -> Asked:
    rows = map(json.loads, HELD_OUT.read_text(encoding="utf-8").splitlines())
    return [(row, route(row["text"])) for row in rows]


def share(hits: list[bool]) -> float:
    return sum(hits) / len(hits)


@pytest.mark.slow
def test_the_department_is_found() -> None:
    assert share([row["department"] == said.department for row, said in asked()]) >= 0.95


def test_other_bodies_jobs_are_found_and_ours_are_seldom_taken_for_them() -> None:
    outside = [(row["jurisdiction"] != OURS, said.jurisdiction != OURS) for row, said in asked()]
    assert share([found for theirs, found in outside if theirs]) >= 0.92
    assert share([theirs for theirs, found in outside if found]) >= 0.90


def test_the_mahalle_is_found_and_none_is_invented() -> None:
    named = [(row["mahalle"], said.neighbourhood_name) for row, said in asked()]
    assert share([right == found for right, found in named if right]) >= 0.95
    assert share([found is not None for right, found in named if not right]) <= 0.01


def test_what_it_is_sure_of_is_right_and_that_is_most() -> None:
    sure = [(row, said) for row, said in asked() if said.sure]
    assert len(sure) >= 0.9 * len(asked())
    assert share([row["department"] == said.department for row, said in sure]) >= 0.975


def test_nothing_of_it_is_learned_from_and_its_labels_fit_the_base_data() -> None:
    texts = [each.text for each in corpus()] + [each.text for each in read_talk()]
    learned = {fold(text) for text in (*texts, *(each.text for each in read_questions()))}
    entries = {entry["code"]: entry for entry in json.loads((DATA / "categories.json").read_text())}
    for row, _ in asked():
        entry = entries[row["category"]]
        assert fold(row["text"]) not in learned
        assert (row["department"], row["jurisdiction"]) == (entry["department"], entry["jurisdiction"])
