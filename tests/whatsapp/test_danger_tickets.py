"""What becomes of a danger's ticket as its citizen writes on: place, news, department."""

import pytest
from django.contrib.auth.models import User

from departments.models import Department, Membership, Role
from tests.whatsapp import wire
from tests.whatsapp.line import Line
from tickets.danger.bar import mahalle_of
from tickets.danger.corrections import correct_danger
from tickets.models import Ticket, TicketEvent, WaitingConversation
from tickets.record.permissions import actor_of


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


def says_no_danger(line: Line, ticket: Ticket) -> None:
    """A person has looked and says that there is none."""
    clerk, _ = User.objects.get_or_create(username="cagri", is_staff=True)
    Membership.objects.get_or_create(user=clerk, role=Role.OPERATOR)
    correct_danger(
        ticket=ticket, actor=actor_of(clerk), now=line.now, danger="", urgent=False, restricted=False
    )


def test_what_a_person_said_is_no_danger_does_not_come_back_with_the_same_words(line: Line) -> None:
    says(line, "Alpaslan mahallesinde çöp konteyneri yanıyor")
    ticket = line.ticket()
    says_no_danger(line, ticket)
    says(line, "konteyner hala yanıyor")
    assert Ticket.objects.get() == ticket
    ticket.refresh_from_db()
    assert (ticket.danger, ticket.danger_unsure) == ("", False)
    assert "hala yanıyor" in ticket.description
    row = WaitingConversation.objects.get(ended_at=None)  # a person reads it all the same
    assert (row.ticket, row.last_words) == (ticket, "konteyner hala yanıyor")
    assert "Can tehlikesi varsa hemen 112’yi arayın." in line.meta.texts()


@pytest.mark.parametrize(
    "words", ["evde yangın çıktı mahsur kaldık", "evde gaz kokusu var", "kocam beni dövüyor"]
)
def test_another_danger_or_a_worse_one_rings_whatever_was_said_of_the_first(line: Line, words: str) -> None:
    says(line, "Alpaslan mahallesinde çöp konteyneri yanıyor")
    first = line.ticket()
    says_no_danger(line, first)
    says(line, words)
    assert Ticket.objects.exclude(pk=first.pk).get().danger


def test_who_tells_it_a_second_time_after_that_rings_again(line: Line) -> None:
    says(line, "Alpaslan mahallesinde çöp konteyneri yanıyor")
    first = line.ticket()
    says_no_danger(line, first)
    says(line, "konteyner hala yanıyor")
    says(line, "çöp konteyneri yanıyor duman evlere geliyor")
    again = Ticket.objects.exclude(pk=first.pk).get()
    assert (again.danger, again.danger_unsure) == ("fire", False)
    assert sum(text.startswith("Hemen 112’yi arayın.") for text in line.meta.texts()) == 2
    says_no_danger(line, again)  # and again holds
    says(line, "konteyner hala yanıyor")
    assert Ticket.objects.count() == 2


def test_the_word_of_a_person_holds_for_an_hour(line: Line) -> None:
    says(line, "Alpaslan mahallesinde çöp konteyneri yanıyor")
    first = line.ticket()
    says_no_danger(line, first)
    line.later(minutes=70)
    says(line, "konteyner yanıyor")
    assert Ticket.objects.exclude(pk=first.pk).get().danger == "fire"


@pytest.mark.parametrize(
    "words", [["oğlum kayboldu Fuar parkta oynuyordu"], ["oğlum kayboldu", "Fuar parkta oynuyordu"]]
)
def test_where_a_child_was_seen_last_is_told_to_staff_in_the_citizens_words(
    line: Line, words: list[str]
) -> None:
    for each in words:
        line.hear(wire.text(wire.AYSE, each))
    line.later(seconds=10)
    ticket = line.ticket()
    assert ticket.address.lower() == "fuar parkta"
    assert "Yazabilirseniz: Nerede kayboldu?" not in line.meta.texts()


def test_a_place_in_words_alone_is_not_listed_as_unknown(line: Line) -> None:
    says(line, "evde gaz kokusu var")
    assert mahalle_of(line.ticket()) == "yer bilinmiyor"
    says(line, "Burhan sokak 15")
    assert mahalle_of(line.ticket()) == "yeri sayfasında"
