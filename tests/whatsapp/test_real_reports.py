"""Real reports, each from somebody new, played through the line: none ends without anybody seeing it.

The texts are not the project's: the test runs where they lie beside it, and prints those that were lost by their place
in the files alone.
"""

import json
from itertools import islice
from pathlib import Path

import pytest

from tests.whatsapp import wire
from tests.whatsapp.line import Line
from tests.whatsapp.wire import Person
from tickets.models import PersonalDataRequest, Ticket, WaitingConversation

DATA = Path(__file__).parents[3] / "shared" / "data"
FILES = ("real_labelled.jsonl", "real_complaints.jsonl")
REPORTS, MOST_LOST = 400, 0.005

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not all((DATA / name).exists() for name in FILES), reason="the texts are elsewhere"),
]


def texts() -> list[str]:
    lines = (line for name in FILES for line in (DATA / name).read_text(encoding="utf-8").splitlines())
    return [json.loads(line)["text"][:4000] for line in islice(lines, REPORTS)]


def test_of_real_reports_hardly_one_ends_without_ticket_or_waiting_entry(line: Line) -> None:
    people = [
        Person(f"Vatandaş {number}", f"9055510{number:05}", f"TR.9{number:06}")
        for number in range(len(texts()))
    ]
    for person, text in zip(people, texts(), strict=True):
        line.arrives(wire.text(person, text), by=person)
    line.later(minutes=40)
    seen = {
        name
        for rows in (Ticket.objects, WaitingConversation.objects, PersonalDataRequest.objects)
        for name in rows.filter(citizen__isnull=False).values_list("citizen__name", flat=True)
    }
    lost = [number for number, person in enumerate(people) if person.name not in seen]
    assert len(people) == REPORTS
    assert len(lost) <= MOST_LOST * REPORTS, lost
