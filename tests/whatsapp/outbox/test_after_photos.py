"""The answer's photo of the work done: shown before the question, or above the template when the window is shut."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from tests.attachments import attach_after_photo
from tests.whatsapp import wire
from tests.whatsapp.beginnings import Beginning, Stage
from tests.whatsapp.line import Line
from tests.whatsapp.meta import Answer, Meta, graph_error
from tests.whatsapp.wire import AYSE
from tickets.answering.replies import reply
from tickets.attachments import uploads
from tickets.casework.transitions import change_status
from tickets.models import Notification, Ticket
from tickets.record.permissions import Actor, actor_of
from tickets.record.statuses import Status
from tickets.record.workflow import MissingFields
from whatsapp.models import Outbox
from whatsapp.outbox import announce

Photographed = tuple[Line, Ticket, Actor]


def photograph(line: Line, jpeg: bytes) -> Photographed:
    """A ticket of Ayşe's whose work was photographed."""
    clerk = actor_of(User.objects.create_superuser("clerk"))
    line.hear(wire.text(AYSE, "Alpaslan mahallesi, yolda büyük çukur var, asfalt bozuk"))
    line.later(seconds=10)
    ticket = line.ticket()
    attach_after_photo(ticket=ticket, actor=clerk, now=line.now, content=jpeg)
    line.meta.sent.clear()
    return line, ticket, clerk


@pytest.fixture(scope="module")
def begun(stage: Stage, jpeg: bytes) -> Iterator[Beginning[Photographed]]:
    yield from stage.begin(lambda line: photograph(line, jpeg))


@pytest.fixture
def photographed(begun: Beginning[Photographed], db: None, meta: Meta, media_root: Path) -> Photographed:
    return begun.go_on(meta, media_root)


@pytest.fixture
def line(photographed: Photographed) -> Line:
    return photographed[0]


@pytest.fixture
def ticket(photographed: Photographed) -> Ticket:
    return photographed[1]


@pytest.fixture
def clerk(photographed: Photographed) -> Actor:
    return photographed[2]


def resolve(line: Line, ticket: Ticket, clerk: Actor) -> None:
    change_status(ticket=ticket, to=Status.RESOLVED, actor=clerk, now=line.now, answer="Çukur kapatıldı.")
    line.later(minutes=2)


def test_it_comes_before_the_question(line: Line, ticket: Ticket, clerk: Actor):
    resolve(line, ticket, clerk)
    photo, question = line.meta.sent
    assert photo["image"] == {"id": "upload1", "caption": f"İş bittikten sonra ({ticket.number})"}
    assert question["interactive"]["type"] == "button"


def test_what_is_handed_to_meta_is_the_clean_copy(line: Line, ticket: Ticket, clerk: Actor):
    resolve(line, ticket, clerk)
    (body,) = line.meta.uploads
    assert b'name="messaging_product"\r\n\r\nwhatsapp' in body
    with ticket.attachments.get().file.open() as kept:
        assert kept.read() in body


def test_once_the_window_is_shut_one_template_shows_both(line: Line, ticket: Ticket, clerk: Actor):
    line.later(days=2)
    resolve(line, ticket, clerk)
    (template,) = (message["template"] for message in line.meta.sent)
    assert template["name"] == "basvuru_cozuldu_foto"
    assert template["components"][0]["parameters"] == [{"type": "image", "image": {"id": "upload1"}}]


@pytest.mark.parametrize("code", [132001, 132012, 131053])
def test_a_template_that_cannot_show_it_goes_without(line: Line, ticket: Ticket, clerk: Actor, code: int):
    line.later(days=2)
    line.meta.answers.append(graph_error(code))
    resolve(line, ticket, clerk)
    assert [message["template"]["name"] for message in line.meta.sent] == ["basvuru_cozuldu"]


def test_a_photo_that_meta_refuses_holds_up_no_answer(line: Line, ticket: Ticket, clerk: Actor):
    line.meta.upload_answers.append(graph_error(131053))
    resolve(line, ticket, clerk)
    (question,) = line.meta.sent
    assert question["type"] == "interactive"
    assert Outbox.objects.get(photo__isnull=False).state == Outbox.State.FAILED


def test_a_photo_that_is_gone_from_the_storage_holds_up_no_answer(
    line: Line, ticket: Ticket, clerk: Actor, media_root: Path
):
    for file in media_root.rglob("*.jpg"):
        file.unlink()
    line.later(days=2)
    resolve(line, ticket, clerk)
    assert [message["template"]["name"] for message in line.meta.sent] == ["basvuru_cozuldu"]


@pytest.mark.parametrize("trouble", [Answer(drop=True), graph_error(131000, status=500)])
def test_an_upload_that_fails_is_tried_again_soon_and_sends_nothing_twice(
    line: Line, ticket: Ticket, clerk: Actor, trouble: Answer
):
    line.meta.upload_answers.append(trouble)
    resolve(line, ticket, clerk)
    assert [message["type"] for message in line.meta.sent] == ["image", "interactive"]
    assert not Outbox.objects.filter(possibly_double=True).exists()


# --- while a worker has it in hand ---------------------------------------------------------------------------
def test_the_answer_waits_for_the_photo_that_goes_with_it(
    line: Line, ticket: Ticket, clerk: Actor, jpeg: bytes
):
    uploads.attach_after_photo(ticket=ticket, actor=clerk, now=line.now, file=BytesIO(jpeg))
    change_status(ticket=ticket, to=Status.RESOLVED, actor=clerk, now=line.now, answer="Kapatıldı.")
    announce.announce_events(line.now)
    assert not Outbox.objects.filter(event__to_status=Status.RESOLVED).exists()
    line.later(seconds=10)
    assert [message["type"] for message in line.meta.sent] == ["image", "interactive"]


def test_it_does_not_wait_for_ever(line: Line, ticket: Ticket, clerk: Actor, jpeg: bytes, settings: Settings):
    settings.CLAMD_URL = "unix:///nowhere"
    ticket.attachments.update(hidden="mistake")  # the one from before
    uploads.attach_after_photo(ticket=ticket, actor=clerk, now=line.now, file=BytesIO(jpeg))
    change_status(ticket=ticket, to=Status.RESOLVED, actor=clerk, now=line.now, answer="Kapatıldı.")
    line.later(minutes=9)
    assert line.meta.sent == []
    line.later(minutes=2)
    assert [message["type"] for message in line.meta.sent] == ["interactive"]


def test_what_has_no_photo_waits_for_none(line: Line, ticket: Ticket, clerk: Actor, jpeg: bytes):
    uploads.attach_after_photo(ticket=ticket, actor=clerk, now=line.now, file=BytesIO(jpeg))
    reply(ticket=ticket, actor=clerk, now=line.now, text="Yoldayız.")
    announce.announce_events(line.now)
    assert Outbox.objects.filter(event__kind="replied").exists()


def test_a_reply_whose_photo_turns_out_to_be_none_goes_without(
    line: Line, ticket: Ticket, clerk: Actor, jpeg: bytes
):
    reply(ticket=ticket, actor=clerk, now=line.now, text="Böyle oldu.", file=BytesIO(jpeg[: len(jpeg) // 2]))
    line.later(seconds=10)
    assert line.meta.texts() == ["Böyle oldu."]
    assert ticket.events.filter(note__startswith="Fotoğraf açılamadı").exists()
    assert Notification.objects.get(kind=Notification.Kind.FILELESS).user == clerk.user


def test_a_photo_goes_with_a_reply_in_danger_too(line: Line, ticket: Ticket, clerk: Actor, jpeg: bytes):
    Ticket.objects.update(danger="fire", danger_unsure=False)
    reply(ticket=ticket, actor=clerk, now=line.now, text="Böyle oldu.", file=BytesIO(jpeg))
    line.later(seconds=10)
    assert [sent["image"] for sent in line.meta.sent] == [{"id": "upload1", "caption": "Böyle oldu."}]


PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def test_a_pdf_goes_with_a_reply_under_the_number_of_the_ticket(line: Line, ticket: Ticket, clerk: Actor):
    reply(ticket=ticket, actor=clerk, now=line.now, text="Ruhsat belgeniz.", file=BytesIO(PDF))
    line.later(seconds=10)
    [sent] = line.meta.sent
    assert sent["document"] == {
        "id": "upload1", "caption": "Ruhsat belgeniz.", "filename": f"{ticket.number}.pdf"
    }  # fmt: skip
    stored = ticket.attachments.get(kind="document")
    with stored.file.open() as kept:
        assert (stored.state, stored.mime_type, kept.read()) == ("stored", "application/pdf", PDF)


def test_a_pdf_is_not_sent_once_the_window_is_shut(line: Line, ticket: Ticket, clerk: Actor):
    line.later(days=2)
    before = ticket.attachments.count()
    with pytest.raises(MissingFields, match="belge gitmez"):
        reply(ticket=ticket, actor=clerk, now=line.now, text="Ruhsat.", file=BytesIO(PDF))
    assert ticket.attachments.count() == before


def test_a_reply_in_danger_waits_for_no_photo_that_does_not_come(
    line: Line, ticket: Ticket, clerk: Actor, jpeg: bytes, settings: Settings
):
    settings.CLAMD_URL = "unix:///nowhere"
    Ticket.objects.update(danger="fire", danger_unsure=False)
    reply(ticket=ticket, actor=clerk, now=line.now, text="Şu kapıdan çıkın.", file=BytesIO(jpeg))
    line.later(seconds=10)
    assert line.meta.texts() == ["Şu kapıdan çıkın."]


def test_what_is_said_after_it_of_the_same_ticket_waits_too(
    line: Line, ticket: Ticket, clerk: Actor, jpeg: bytes
):
    reply(ticket=ticket, actor=clerk, now=line.now, text="Böyle oldu.", file=BytesIO(jpeg))
    reply(ticket=ticket, actor=clerk, now=line.now, text="Düzeltiyorum: yarın biter.")
    announce.announce_events(line.now)
    assert not Outbox.objects.filter(event__kind="replied").exists()
    line.later(seconds=30)
    assert [message["type"] for message in line.meta.sent] == ["image", "text"]


def test_an_answer_waits_for_no_photo_that_came_after_it(
    line: Line, ticket: Ticket, clerk: Actor, jpeg: bytes
):
    change_status(ticket=ticket, to=Status.RESOLVED, actor=clerk, now=line.now, answer="Kapatıldı.")
    uploads.attach_after_photo(ticket=ticket, actor=clerk, now=line.now, file=BytesIO(jpeg))
    announce.announce_events(line.now)
    assert Outbox.objects.filter(event__to_status=Status.RESOLVED).exists()
