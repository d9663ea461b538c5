"""Whoever asks for their data is found by what they say of themselves, and nobody else is."""

import pytest

from tests.whatsapp import wire
from tests.whatsapp.line import Line
from tests.whatsapp.wire import AYSE
from tickets.casework.opening import Report, open_ticket
from tickets.models import Citizen, Kind, Source
from tickets.privacy.data_subjects import subject_of
from tickets.record.permissions import Actor
from tickets.record.workflow import NoSuchTransition

PHONE = "0532 111 22 33"


@pytest.mark.parametrize("said", [PHONE, "+905321112233", "905321112233", "number", "mg 2026 1"])
def test_somebody_is_found_by_telephone_and_by_ticket(line: Line, said: str) -> None:
    line.hear(wire.text(AYSE, "selam"))
    report = Report(channel=Source.TELEFON, kind=Kind.TALEP, citizen=Citizen.objects.get())
    ticket = open_ticket(report=report, actor=Actor.system(), now=line.now)
    found = subject_of(ticket.number.lower() if said == "number" else said, Actor.scheduler())
    assert (found.people, found.tickets) == ((ticket.citizen,), (ticket,))


@pytest.mark.parametrize("said", ["", "Ayşe", "0532 999 99 99", "MG-2026-999999", "başvuru no 1"])
def test_nobody_is_found_by_anything_else(line: Line, said: str) -> None:
    line.hear(wire.text(AYSE, "selam"))
    with pytest.raises(NoSuchTransition):
        subject_of(said, Actor.scheduler())


def test_a_number_that_was_sold_is_its_new_owners(line: Line) -> None:
    line.hear(wire.text(AYSE, "selam"))
    new = wire.Person("Can Er", AYSE.phone, "TR.3333333333")
    line.hear(wire.text(new, "selam"), by=new)
    assert [person.name for person in subject_of(PHONE, Actor.scheduler()).people] == ["Can Er"]
