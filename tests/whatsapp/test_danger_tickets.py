"""What becomes of a danger's ticket as its citizen writes on: place, news, department."""

import pytest

from departments.models import Department
from tests.whatsapp import wire
from tests.whatsapp.line import Line
from tickets.models import TicketEvent


def says(line: Line, words: str) -> None:
    line.hear(wire.text(wire.AYSE, words))
    line.later(seconds=10)


def test_a_place_written_later_is_the_place(line: Line) -> None:
    says(line, "evde gaz kokusu var")
    says(line, "Köşk mahallesi Barbaros Sokak no 5")
    ticket = line.ticket()
    assert ticket.neighbourhood is not None
    assert (ticket.neighbourhood.name, ticket.place_missing) == ("Köşk", False)
    assert "Barbaros Sokak" in ticket.address


def test_a_second_place_in_words_does_not_move_it(line: Line) -> None:
    says(line, "Alpaslan mahallesinde apartmanda yangın çıktı")
    says(line, "Köşk mahallesinde oturuyorum ben")
    ticket = line.ticket()
    assert ticket.neighbourhood is not None
    assert ticket.neighbourhood.name == "Alpaslan"


@pytest.mark.parametrize("words", ["yardım edin", "kocam beni dövüyor"])
def test_a_restricted_danger_goes_to_no_department_whatever_its_words_resemble(
    line: Line, words: str
) -> None:
    says(line, words)
    ticket = line.ticket()
    assert (ticket.restricted, ticket.department, ticket.category) == (True, None, None)
    assert Department.objects.exists()


def test_what_became_of_it_is_a_note_and_ends_nothing(line: Line) -> None:
    says(line, "oğlum kayboldu bulamıyorum")
    says(line, "bulduk çok şükür")
    ticket = line.ticket()
    note = ticket.events.get(kind=TicketEvent.Kind.NOTE)
    assert (note.note, note.data) == ("Vatandaş bulunduğunu yazdı.", {"news": "found"})
    assert ticket.outcome is None


def test_a_voice_message_alone_is_a_possible_danger_that_somebody_has_to_hear(line: Line) -> None:
    line.hear(
        wire.message(wire.AYSE, "audio", {"id": "ses1", "mime_type": "audio/ogg; codecs=opus", "voice": True})
    )
    line.later(minutes=4)
    ticket = line.ticket()
    assert (ticket.danger, ticket.danger_unsure, ticket.urgent_reason) == (
        "other",
        True,
        "sesli mesaj, dinlenmedi",
    )
