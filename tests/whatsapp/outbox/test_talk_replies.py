"""Replies to somebody who waits and has no ticket: with a file, later, and by a macro."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.contrib.auth.models import User

from tests.whatsapp import wire
from tests.whatsapp.line import Line
from tests.whatsapp.wire import AYSE
from tickets.answering import conversation_replies
from tickets.answering.scheduled_replies import PATIENT, send_scheduled
from tickets.casework.opening import Report, open_ticket
from tickets.models import (
    Act,
    Attachment,
    CannedAnswer,
    Notification,
    ScheduledReply,
    Ticket,
    WaitingConversation,
)
from tickets.privacy import subject_access
from tickets.privacy.destruction import destroy
from tickets.privacy.erasure import forget_people
from tickets.record.permissions import Actor, actor_of
from tickets.record.statuses import Status
from tickets.record.workflow import MissingFields, NoSuchTransition
from tickets.undo.actions import perform
from whatsapp.models import Outbox

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


@pytest.fixture
def clerk(line: Line) -> Actor:
    return actor_of(User.objects.create_superuser("clerk", first_name="Zeynep"))


@pytest.fixture
def talk(line: Line, clerk: Actor) -> WaitingConversation:
    """Ayşe asked for a person and said what for; nothing of it is a ticket."""
    line.hear(wire.text(AYSE, "Bir görevliyle görüşmek istiyorum"))
    line.hear(wire.text(AYSE, "Sokak lambası yanmıyor, Köşk mahallesi"))
    line.later(seconds=7)
    line.meta.sent.clear()
    assert not Ticket.objects.exists()
    return WaitingConversation.objects.get(ended_at=None)


def work(line: Line) -> None:
    """What the workers do: files, then what waits for them, then what leaves."""
    line.work()
    send_scheduled(line.clock)
    line.work()


def answer(line: Line, talk: WaitingConversation, clerk: Actor, file: bytes, **more: Any) -> None:
    facts: dict[str, Any] = {"handover": talk, "actor": clerk, "now": line.now, "text": "Böyle olacak."}
    conversation_replies.answer(file=BytesIO(file), **facts | more)


def sent(line: Line) -> list[dict[str, Any]]:
    return [each for each in line.meta.sent if each.get("type") != "reaction" and "status" not in each]


def test_a_photo_goes_with_the_answer_once_it_is_safe_and_ends_the_waiting_at_once(
    line: Line, talk: WaitingConversation, clerk: Actor, jpeg: bytes
) -> None:
    answer(line, talk, clerk, jpeg)
    talk.refresh_from_db()
    assert talk.end == WaitingConversation.End.ANSWERED
    assert not Outbox.objects.filter(origin=Outbox.Origin.STAFF).exists()
    work(line)
    [body] = sent(line)
    assert (body["type"], body["image"]["caption"]) == ("image", "Böyle olacak.")


def test_a_pdf_goes_with_the_answer_as_it_came(line: Line, talk: WaitingConversation, clerk: Actor) -> None:
    answer(line, talk, clerk, PDF)
    work(line)
    [body] = sent(line)
    assert (body["type"], body["document"]["filename"]) == ("document", "melikgazi.pdf")


def test_a_file_that_cannot_be_made_safe_does_not_keep_the_words_and_they_wait_on_for_it(
    line: Line, talk: WaitingConversation, clerk: Actor, jpeg: bytes
) -> None:
    answer(line, talk, clerk, jpeg[: len(jpeg) // 2])
    work(line)
    [body] = sent(line)
    assert body["text"]["body"] == "Böyle olacak."
    [told] = Notification.objects.filter(kind=Notification.Kind.FILELESS)
    assert (told.user, told.handover) == (clerk.user, WaitingConversation.objects.get(ended_at=None))


def test_words_wait_for_their_file_no_longer_than_ten_minutes(
    line: Line, talk: WaitingConversation, clerk: Actor, jpeg: bytes
) -> None:
    answer(line, talk, clerk, jpeg)
    send_scheduled(line.clock)
    assert not Outbox.objects.filter(origin=Outbox.Origin.STAFF).exists()
    line.now += PATIENT
    send_scheduled(line.clock)
    assert Outbox.objects.get(origin=Outbox.Origin.STAFF).photo is None


def test_what_the_citizen_writes_meanwhile_waits_and_the_answer_leaves(
    line: Line, talk: WaitingConversation, clerk: Actor, jpeg: bytes
) -> None:
    answer(line, talk, clerk, jpeg)
    line.now += timedelta(seconds=1)
    line.hear(wire.text(AYSE, "Bir de çöpler alınmadı"))
    work(line)
    assert [each["type"] for each in sent(line)] == ["image"]
    assert WaitingConversation.objects.get(ended_at=None).last_words == "Bir de çöpler alınmadı"


def test_to_somebody_in_danger_a_photo_leaves_at_once_and_is_not_taken_back(
    line: Line, talk: WaitingConversation, clerk: Actor, jpeg: bytes
) -> None:
    report = Report(channel="whatsapp", kind="talep", citizen=talk.citizen, description="yangın")  # type: ignore[arg-type]
    danger = open_ticket(report=report, actor=clerk, now=line.now, announce=False)
    Ticket.objects.filter(pk=danger.pk).update(danger="fire", urgent=True)
    perform("answer", handover=talk, actor=clerk, now=line.now, text="Bu kapıdan çıkın.", file=BytesIO(jpeg))
    work(line)
    assert [each["type"] for each in sent(line)] == ["image"]
    assert not Act.objects.exists()


@pytest.mark.slow
def test_what_was_sent_is_seen_in_the_talk_and_served_with_it_alone(
    line: Line, talk: WaitingConversation, clerk: Actor, jpeg: bytes, client: Any
) -> None:
    client.force_login(clerk.user)
    answer(line, talk, clerk, jpeg)
    page = client.get(f"/admin/bekleyenler/{talk.pk}/").content.decode()
    assert "Dosyası denetlenince gidecek" in page
    work(line)
    [file] = Attachment.objects.all()
    address = f"/admin/bekleyenler/{talk.pk}/dosya/g{file.pk}/file/"
    assert address in client.get(f"/admin/bekleyenler/{talk.pk}/").content.decode()
    served = client.get(address)
    assert b"".join(served.streaming_content).startswith(b"\xff\xd8")


def test_an_answer_for_later_waits_for_its_time_and_the_citizen_with_it(
    line: Line, talk: WaitingConversation, clerk: Actor
) -> None:
    due_at = line.now + timedelta(hours=1)
    conversation_replies.schedule_answer(
        handover=talk, actor=clerk, now=line.now, text="Yarın geliyoruz.", due_at=due_at
    )
    work(line)
    assert sent(line) == []
    assert WaitingConversation.objects.filter(ended_at=None).exists()
    line.now = due_at
    work(line)
    assert [each["text"]["body"] for each in sent(line)] == ["Yarın geliyoruz."]
    assert not WaitingConversation.objects.filter(ended_at=None).exists()
    assert ScheduledReply.objects.get().text == ""


def test_an_answer_for_later_stays_where_the_citizen_wrote_since(
    line: Line, talk: WaitingConversation, clerk: Actor
) -> None:
    due_at = line.now + timedelta(hours=1)
    conversation_replies.schedule_answer(
        handover=talk, actor=clerk, now=line.now, text="Yarın.", due_at=due_at
    )
    line.now += timedelta(minutes=5)
    line.hear(wire.text(AYSE, "Vazgeçtim"))
    line.now = due_at
    work(line)
    assert sent(line) == []
    [told] = Notification.objects.filter(kind=Notification.Kind.UNSENT, user=clerk.user)
    assert told.handover == talk


def macro(**changes: Any) -> CannedAnswer:
    facts = {"title": "Özel mülk", "text": "Yol özel mülkte.", "move_to": Status.REJECTED, "reason": "özel"}
    return CannedAnswer.objects.create(**facts | changes)


def test_a_macro_opens_a_ticket_of_what_they_said_and_does_the_rest(
    line: Line, talk: WaitingConversation, clerk: Actor
) -> None:
    ticket = conversation_replies.answer_by_macro(
        handover=talk, macro=macro(), actor=clerk, now=line.now, text="Yol özel mülkte."
    )
    assert (ticket.status, ticket.citizen) == (Status.REJECTED, talk.citizen)
    assert "Sokak lambası" in ticket.description
    line.later(seconds=10)
    told = " ".join(str(each) for each in sent(line))
    assert ticket.number in told
    assert "Yol özel mülkte." in told
    talk.refresh_from_db()
    assert talk.end == WaitingConversation.End.TICKET


def test_a_macro_that_is_refused_opens_no_ticket(line: Line, talk: WaitingConversation, clerk: Actor) -> None:
    with pytest.raises((MissingFields, NoSuchTransition)):
        conversation_replies.answer_by_macro(
            handover=talk, macro=macro(move_to=Status.CLOSED), actor=clerk, now=line.now, text="Bitti."
        )
    assert not Ticket.objects.exists()
    assert WaitingConversation.objects.filter(ended_at=None).exists()


def test_the_box_offers_what_suits_a_ticket_that_is_opened_now_and_shows_what_a_macro_does(
    line: Line, talk: WaitingConversation, clerk: Actor, client: Any
) -> None:
    client.force_login(clerk.user)
    fits, never = macro(), macro(title="Kapat", move_to=Status.CLOSED)
    CannedAnswer.objects.create(title="Numara", text="{numara} numaralı")
    address = f"/admin/bekleyenler/{talk.pk}/"
    offered = {each["id"] for each in client.get(f"{address}hazir/").json()["answers"]}
    assert fits.pk in offered
    assert never.pk not in offered
    assert len(offered) == 1
    seen = client.post(f"{address}onizle/", {"macro": fits.pk, "text": "Yol özel mülkte."}).json()
    assert "yeni bir başvuru olur" in seen["changes"][0]
    assert "Yol özel mülkte." in seen["text"]
    assert seen["reason"] == ""


def test_an_answer_with_gaps_is_refused_in_a_talk_as_on_a_ticket(
    line: Line, talk: WaitingConversation, clerk: Actor, client: Any
) -> None:
    client.force_login(clerk.user)
    address = f"/admin/bekleyenler/{talk.pk}/cevapla/"
    refused = client.post(address, {"text": "Sayın {ad}"}, headers={"Accept": "application/json"})
    assert refused.status_code == 400
    assert "{ad}" in refused.json()["reason"]


def test_an_answer_to_what_was_not_read_is_refused(
    line: Line, talk: WaitingConversation, clerk: Actor, client: Any
) -> None:
    client.force_login(clerk.user)
    seen, address = talk.stamp, f"/admin/bekleyenler/{talk.pk}/cevapla/"
    line.now += timedelta(minutes=1)
    line.hear(wire.text(AYSE, "Vazgeçtim"))
    refused = client.post(
        address, {"text": "Buyurun", "version": seen}, headers={"Accept": "application/json"}
    )
    assert refused.status_code == 409
    assert "vatandaş yeni bir şey yazmış" in refused.json()["reason"]


def test_a_sent_file_is_given_to_the_person_and_goes_with_them(
    line: Line, talk: WaitingConversation, clerk: Actor, jpeg: bytes
) -> None:
    answer(line, talk, clerk, jpeg)
    work(line)
    person = subject_access._person(talk.citizen, set())
    [name] = [name for name in person.files if name.startswith("gonderilen-")]
    stored = person.files[name]
    assert stored in forget_people([talk.citizen_id], line.now)
    assert not Attachment.objects.exists()
    assert not ScheduledReply.objects.exists()


@pytest.mark.slow
def test_a_sent_file_goes_at_its_age(
    line: Line, talk: WaitingConversation, clerk: Actor, jpeg: bytes
) -> None:
    answer(line, talk, clerk, jpeg)
    work(line)
    line.now += timedelta(days=4000)
    destroy(line.clock)
    assert not Attachment.objects.exists()
    assert not ScheduledReply.objects.exists()
