"""The line's rows in the back office: who may look, and what "try again" does."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from departments.models import Role
from departments.staff.role_permissions import give_role
from tests.whatsapp import wire
from tests.whatsapp.line import Line
from tickets.models import WaitingConversation
from tickets.record.permissions import masked
from whatsapp.models import ChannelState, Conversation, InboundDelivery, Media, Message, Outbox
from whatsapp.number import pace
from whatsapp.turns import runner
from whatsapp.webhook import ingest

PAGES = (
    *("inbounddelivery", "message", "outbox", "media", "channelstate"),
    *("conversation", "identity", "statusupdate", "unhandledupdate", "announcementfailure"),
    "ticketlessmessage",
)


def desk(role: Role) -> Client:
    call_command("load_base")
    user = User.objects.create_user("memur", password="x", is_staff=True)
    give_role(user, role)
    client = Client()
    client.force_login(user)
    return client


def act(client: Client, page: str, action: str, pk: int) -> None:
    answer = client.post(
        f"/admin/whatsapp/{page}/", {"action": action, "_selected_action": [pk]}, follow=True
    )
    assert answer.status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_a_supervisor_looks_at_every_row_of_the_line(line: Line, page: str) -> None:
    line.hear(wire.text(wire.AYSE, "selam"), wire.photo(wire.AYSE, "foto"))
    line.later(seconds=10)
    supervisor = desk(Role.SUPERVISOR)
    assert supervisor.get(f"/admin/whatsapp/{page}/").status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_an_operator_is_kept_out_of_raw_messages_and_identities(line: Line, page: str) -> None:
    assert desk(Role.OPERATOR).get(f"/admin/whatsapp/{page}/").status_code == 403


def test_signed_nonsense_is_there_to_be_read_byte_for_byte(line: Line) -> None:
    delivery = line.receive("<bozuk> gövde ğ".encode())
    line.work()
    page = desk(Role.SUPERVISOR).get(f"/admin/whatsapp/inbounddelivery/{delivery.pk}/change/")
    assert "&lt;bozuk&gt; gövde ğ" in page.content.decode()


def test_a_parked_delivery_is_taken_in_again_on_demand(line: Line) -> None:
    delivery = line.receive(b"bozuk")
    line.work()
    assert InboundDelivery.objects.get().state == InboundDelivery.State.PARKED
    InboundDelivery.objects.update(body=wire.said(wire.text(wire.AYSE, "selam")))
    act(desk(Role.SUPERVISOR), "inbounddelivery", "try_again", delivery.pk)
    line.work()
    assert InboundDelivery.objects.get().state == InboundDelivery.State.DONE
    assert Message.objects.get().text == "selam"


def test_a_personal_data_officer_sees_a_failed_message_but_cannot_send_it_again(line: Line) -> None:
    line.hear(wire.text(wire.AYSE, "durum"))
    Outbox.objects.update(state=Outbox.State.FAILED)
    officer = desk(Role.DPO)
    assert officer.get("/admin/whatsapp/outbox/").status_code == 200
    act(officer, "outbox", "try_again", Outbox.objects.get().pk)
    assert Outbox.objects.get().state == Outbox.State.FAILED


def test_a_failed_message_is_sent_again_on_demand(line: Line) -> None:
    line.hear(wire.text(wire.AYSE, "durum"))
    Outbox.objects.update(state=Outbox.State.FAILED)
    act(desk(Role.SUPERVISOR), "outbox", "try_again", Outbox.objects.get().pk)
    assert Outbox.objects.get().state == Outbox.State.QUEUED


def test_what_was_emptied_when_its_time_was_over_is_not_sent_again(line: Line) -> None:
    line.hear(wire.text(wire.AYSE, "durum"))
    Outbox.objects.update(state=Outbox.State.FAILED, payload={}, wamid="erased:x")
    act(desk(Role.SUPERVISOR), "outbox", "try_again", Outbox.objects.get().pk)
    row = Outbox.objects.get()
    assert (row.state, row.wamid) == (Outbox.State.FAILED, "erased:x")


FAR = timedelta(days=400)  # longer than any pause


def test_a_parked_delivery_that_is_tried_again_is_due_now(line: Line) -> None:
    delivery = line.receive(wire.said(wire.text(wire.AYSE, "selam")))
    parked = {"state": InboundDelivery.State.PARKED, "next_attempt_at": timezone.now() + FAR, "attempts": 5}
    InboundDelivery.objects.filter(pk=delivery.pk).update(**parked)
    act(desk(Role.SUPERVISOR), "inbounddelivery", "try_again", delivery.pk)
    assert ingest.ingest_batch(timezone.now())
    delivery.refresh_from_db()
    assert delivery.state == InboundDelivery.State.DONE


def test_a_parked_message_that_is_tried_again_is_due_now_though_its_talk_has_just_failed(line: Line) -> None:
    line.ingest_all(wire.said(wire.text(wire.AYSE, "selam")))
    message = line.message()
    Message.objects.filter(pk=message.pk).update(state=Message.State.PARKED, error="ValueError")
    Conversation.objects.update(failures=2, wake_at=timezone.now() + FAR)
    act(desk(Role.SUPERVISOR), "message", "try_again", message.pk)
    runner.run_due(timezone.now)
    message.refresh_from_db()
    assert (message.state, message.error) == (Message.State.HANDLED, "")


def test_a_failed_message_that_is_tried_again_has_no_trace_of_its_failure(line: Line) -> None:
    line.hear(wire.text(wire.AYSE, "selam"))
    line.later(seconds=10)
    failed = {"state": Outbox.State.FAILED, "not_before": timezone.now() + FAR, "error": "x", "error_code": 1}
    Outbox.objects.update(attempts=7, **failed)
    act(desk(Role.SUPERVISOR), "outbox", "try_again", Outbox.objects.get().pk)
    row = Outbox.objects.get()
    assert row.not_before <= timezone.now()
    assert (row.state, row.attempts, row.error, row.error_code) == ("queued", 0, "", None)


@pytest.mark.parametrize("state", ["waiting", "lost"])
def test_a_file_that_is_tried_again_is_due_now_with_all_its_attempts(line: Line, state: str) -> None:
    line.ingest_all(wire.said(wire.photo(wire.AYSE, "foto")))
    Media.objects.update(
        state=state, next_attempt_at=timezone.now() + FAR, attempts=9, unfinished=3, error="x"
    )
    act(desk(Role.SUPERVISOR), "media", "try_again", Media.objects.get().pk)
    row = Media.objects.get()
    assert row.next_attempt_at <= timezone.now()
    assert (row.state, row.attempts, row.unfinished, row.error) == ("waiting", 0, 0, "")


def test_a_stopped_channel_works_again_on_demand(line: Line) -> None:
    line.hear(wire.text(wire.AYSE, "selam"))
    line.later(seconds=10)
    pace.stop(line.now, "Belirteç geçersiz (kod 190)")
    row = ChannelState.objects.get()
    assert row.state == ChannelState.State.STOPPED
    act(desk(Role.SUPERVISOR), "channelstate", "resume", row.pk)
    assert ChannelState.objects.get().state == ChannelState.State.WORKING


def test_an_operator_keeps_the_answers_to_common_questions(line: Line) -> None:
    operator = desk(Role.OPERATOR)
    fields = {
        "title": "Pazar günleri",
        "phrases": "pazar ne zaman",
        "answer": "Salı ve cuma.",
        "active": "on",
    }
    assert operator.post("/admin/whatsapp/faqentry/add/", fields).status_code == 302
    line.hear(wire.text(wire.AYSE, "Pazar ne zaman kuruluyor?"))
    assert "Salı ve cuma." in line.meta.texts()[-1]


@pytest.mark.parametrize("page", ["inbounddelivery", "message", "identity", "statusupdate"])
def test_no_telephone_number_stands_in_full_on_the_pages_of_the_line(line: Line, page: str) -> None:
    line.hear(wire.text(wire.AYSE, "durum"))
    line.work()
    line.receive(
        wire.dump(wire.envelope(wire.value(wire.AYSE, statuses=[wire.status("wamid.OUT1", "sent")])))
    )
    line.work()
    supervisor = desk(Role.SUPERVISOR)
    rows = apps.get_model("whatsapp", page).objects.all()
    shown = [supervisor.get(f"/admin/whatsapp/{page}/{row.pk}/change/").content.decode() for row in rows]
    assert any(masked(f"+{wire.AYSE.phone}") in text for text in shown)
    assert not any(wire.AYSE.phone in text for text in shown)


def test_what_became_of_a_message_is_said_in_turkish(line: Line) -> None:
    line.hear(wire.text(wire.AYSE, "durum"))
    line.work()
    page = desk(Role.SUPERVISOR).get("/admin/whatsapp/message/").content.decode()
    assert "Yazı" in page
    assert "Cevaplandı" in page


def test_no_identity_number_stands_on_the_page_of_a_raw_delivery(line: Line) -> None:
    delivery = line.receive(wire.said(wire.text(wire.AYSE, "TC 100 000 001 46, 10000000146")))
    page = desk(Role.DPO).get(f"/admin/whatsapp/inbounddelivery/{delivery.pk}/change/").content.decode()
    assert "10000000146" not in page
    assert "100 000 001 46" not in page


def test_what_became_no_ticket_is_listed_and_put_before_staff_on_demand(line: Line) -> None:
    line.hear(wire.text(wire.AYSE, "kiminle görüşüyorum"))
    line.hear(wire.text(wire.VELI, "Alpaslan mahallesi, yolda büyük çukur var, asfalt bozuk"), by=wire.VELI)
    line.later(seconds=10)
    supervisor = desk(Role.SUPERVISOR)
    page = supervisor.get("/admin/whatsapp/ticketlessmessage/").content.decode()
    assert "kiminle görüşüyorum" in page
    assert "büyük çukur" not in page
    act(supervisor, "ticketlessmessage", "let_staff_look", Message.objects.get(ticket=None).pk)
    assert WaitingConversation.objects.get(ended_at=None).last_words == "kiminle görüşüyorum"
