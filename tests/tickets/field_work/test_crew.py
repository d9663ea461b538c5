"""The field crew's pages: list of jobs, start, finish with a photo and a text."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.pictures import photo
from tests.tickets.world import FUTURE, World, here, sign_in
from tickets.models import Attachment, Ticket, TicketEvent
from tickets.record.statuses import Status

LIST = "/admin/saha/"


@pytest.fixture
def crew(world: World) -> Client:
    return sign_in(world, "crew_fen")


def shown(client: Client, address: str = LIST) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def picture() -> SimpleUploadedFile:
    return SimpleUploadedFile("foto.jpg", photo((64, 48)), "image/jpeg")


def finish(client: Client, ticket: Ticket, **more: Any) -> Any:
    facts = {"version": ticket.version, "answer": "Çukur kapatıldı."}
    return client.post(f"{LIST}{ticket.number}/bitir/", facts | more)


def test_the_list_has_the_open_work_of_my_department_alone(world: World, crew: Client) -> None:
    ready, planned = world.assigned(), world.move(world.assigned(), Status.PLANNED, planned_for=FUTURE)
    others = [
        world.open(),
        world.resolved(),
        world.open(department=world.park),
        world.open(department=world.fen, category=world.misconduct),
    ]
    page = shown(crew)
    assert ready.number in page
    assert planned.number in page
    assert not [ticket.number for ticket in others if ticket.number in page]


def test_my_own_list_has_what_was_given_to_me(world: World, crew: Client) -> None:
    mine, other = world.assigned(), world.assigned()
    Ticket.objects.filter(pk=mine.pk).update(assignee=world.user("crew_fen"))
    page = shown(crew, f"{LIST}?liste=benim")
    assert mine.number in page
    assert other.number not in page


def test_a_job_is_called_by_its_subject_and_the_citizens_words_are_said_once(
    world: World, crew: Client
) -> None:
    ticket = world.assigned(description="Okulun önündeki yolda derin bir çukur açıldı, arabalar giriyor")
    page = shown(crew, f"{LIST}{ticket.number}/")
    assert "<h1>Çukur</h1>" in page
    assert page.count("derin bir çukur") == 1


@pytest.mark.parametrize("by", ["operator", "dpo", "roleless"])
def test_nobody_but_departments_works_in_the_field(world: World, by: str) -> None:
    ticket = world.assigned()
    client = sign_in(world, by)
    assert client.get(LIST).status_code in (302, 403)
    assert finish(client, ticket).status_code in (302, 403)
    ticket.refresh_from_db()
    assert ticket.status == Status.ASSIGNED


def test_another_departments_work_is_not_found(world: World) -> None:
    ticket = world.assigned()
    client = sign_in(world, "crew_park")
    assert client.get(f"{LIST}{ticket.number}/").status_code == 404
    assert finish(client, ticket).status_code == 404


def test_one_tap_begins_the_work(world: World, crew: Client) -> None:
    ticket = world.assigned()
    crew.post(f"{LIST}{ticket.number}/basla/")
    ticket.refresh_from_db()
    assert ticket.status == Status.IN_PROGRESS


def test_a_second_tap_changes_nothing(world: World, crew: Client) -> None:
    ticket = world.assigned()
    for _ in range(2):
        crew.post(f"{LIST}{ticket.number}/basla/")
    assert ticket.events.filter(to_status=Status.IN_PROGRESS).count() == 1


def test_the_work_ends_with_a_line_for_the_citizen_and_a_photo(world: World, crew: Client) -> None:
    ticket = world.assigned()
    assert finish(crew, ticket, photo=picture()).url == LIST
    ticket.refresh_from_db()
    assert ticket.status == Status.RESOLVED
    told = ticket.events.get(to_status=Status.RESOLVED)
    assert (told.public_text, told.announce) == ("Çukur kapatıldı.", True)
    kept = ticket.attachments.get()
    assert (kept.after, kept.state) == (True, Attachment.State.CHECKING)
    assert "1 fotoğraf işleniyor" in crew.get(f"{LIST}{ticket.number}/").content.decode()


def test_the_answer_goes_to_the_call_centre_where_the_department_does_not_answer_itself(
    world: World, crew: Client
) -> None:
    world.fen.answers_directly = False
    world.fen.save()
    ticket = world.assigned()
    finish(crew, ticket)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.proposed_answer()) == (Status.REVIEW, "Çukur kapatıldı.")


def test_without_a_line_nothing_is_kept_and_the_page_says_what_to_do(world: World, crew: Client) -> None:
    ticket = world.assigned()
    response = finish(crew, ticket, answer="", photo=picture())
    assert response.status_code == 400
    assert "Ne yapıldığını bir cümleyle yazın." in response.content.decode()
    assert not ticket.attachments.exists()


def test_a_file_that_is_no_photo_keeps_the_words_and_ends_nothing(world: World, crew: Client) -> None:
    ticket = world.assigned()
    response = finish(crew, ticket, photo=SimpleUploadedFile("foto.jpg", b"hello", "image/jpeg"))
    assert response.status_code == 409
    assert "Çukur kapatıldı." in response.content.decode()
    ticket.refresh_from_db()
    assert ticket.status == Status.ASSIGNED


def test_what_was_sent_twice_over_a_bad_line_is_kept_once(world: World, crew: Client) -> None:
    ticket = world.assigned()
    finish(crew, ticket, photo=picture())
    assert finish(crew, ticket, photo=picture()).url == LIST
    assert TicketEvent.objects.filter(ticket=ticket, to_status=Status.RESOLVED).count() == 1
    assert ticket.attachments.count() == 1


def test_a_ticket_that_moved_on_meanwhile_is_explained(world: World, crew: Client) -> None:
    ticket = world.assigned()
    world.move(ticket, Status.WAITING, answer="Hangi sokak?")
    response = finish(crew, ticket)
    assert response.status_code == 409
    assert "değişti" in response.content.decode()


def test_a_script_is_told_where_to_go_so_that_the_message_is_not_swallowed(
    world: World, crew: Client
) -> None:
    ticket = world.assigned()
    response = crew.post(
        f"{LIST}{ticket.number}/bitir/",
        {"version": ticket.version, "answer": "Bitti."},
        headers={"X-Requested-With": "fetch"},
    )
    assert (response.status_code, response.headers["X-Next"]) == (204, LIST)


def test_a_note_reaches_the_office(world: World, crew: Client) -> None:
    ticket = world.assigned()
    crew.post(f"{LIST}{ticket.number}/not/", {"version": ticket.version, "text": "Malzeme eksik."})
    assert ticket.events.get(kind=TicketEvent.Kind.NOTE).note == "Malzeme eksik."


def test_the_way_is_the_pin_for_the_telephones_map(world: World, crew: Client) -> None:
    ticket = world.assigned(point=here())
    page = shown(crew, f"{LIST}{ticket.number}/")
    assert 'href="https://www.google.com/maps/dir/?api=1&amp;destination=38.72,35.49"' in page


def test_the_citizens_number_is_not_on_the_page(world: World, crew: Client) -> None:
    ticket = world.assigned()
    assert "5321234567" not in shown(crew, f"{LIST}{ticket.number}/")


def test_the_list_asks_the_database_as_often_for_many_as_for_few(world: World, crew: Client) -> None:
    world.assigned()
    few = statements(crew)
    for _ in range(9):
        world.assigned()
    assert statements(crew) == few


def statements(client: Client) -> int:
    with CaptureQueriesContext(connection) as asked:
        shown(client)
    return len(asked)


def test_of_an_open_danger_the_list_shows_no_words(world: World, crew: Client) -> None:
    ticket = world.assigned(description="Mavikelam sokakta tel sarkıyor", danger="wire", urgent=True)
    Ticket.objects.update(status=Status.ASSIGNED)
    listed = crew.get(LIST).content.decode()
    assert ticket.number in listed
    assert "Mavikelam" not in listed
    assert "Mavikelam" in crew.get(f"{LIST}{ticket.number}/").content.decode()
