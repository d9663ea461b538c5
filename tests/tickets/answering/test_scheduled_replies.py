"""Replies that are to be sent later."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from departments.working_time.working_hours import ISTANBUL
from tests.tickets.recording_channel import Reached
from tests.tickets.world import NOW, World, sign_in
from tickets.answering.drafts import save_draft
from tickets.answering.replies import reply
from tickets.answering.scheduled_replies import cancel_reply, schedule_reply, send_scheduled, times_offered
from tickets.casework.awaiting_staff import request_staff
from tickets.casework.descriptions import describe
from tickets.casework.notes import add_note
from tickets.models import Citizen, Notification, ReplyDraft, ScheduledReply, Ticket, WaitingConversation
from tickets.record.permissions import Actor
from tickets.record.statuses import Status
from tickets.record.workflow import MissingFields, NoSuchTransition, NotAllowed

SOON = NOW + timedelta(hours=2)


def schedule(world: World, ticket: Ticket, by: str = "operator", **changes: Any) -> ScheduledReply:
    facts: dict[str, Any] = {"now": NOW, "text": "Ekip yarın orada.", "due_at": SOON}
    return schedule_reply(ticket=ticket, actor=world.actor(by), **facts | changes)


def said(ticket: Ticket) -> list[str]:
    return list(ticket.events.filter(kind="replied").order_by("id").values_list("public_text", flat=True))


def notices(world: World, who: str = "operator") -> int:
    return Notification.objects.filter(user=world.user(who), kind=Notification.Kind.UNSENT).count()


def test_a_reply_waits_for_its_time_and_then_leaves(world: World, channel: Reached) -> None:
    ticket = world.assigned()
    row = schedule(world, ticket)
    send_scheduled(lambda: SOON - timedelta(seconds=1))
    assert said(ticket) == []
    send_scheduled(lambda: SOON)
    send_scheduled(lambda: SOON)
    assert said(ticket) == ["Ekip yarın orada."]
    row.refresh_from_db()
    assert (row.state, row.text) == (ScheduledReply.State.SENT, "")
    assert row.event == ticket.events.get(kind="replied")


def test_it_is_sent_by_whoever_wrote_it(world: World, channel: Reached) -> None:
    ticket = world.assigned()
    schedule(world, ticket)
    send_scheduled(lambda: SOON)
    assert ticket.events.get(kind="replied").actor == world.user("operator")


def test_it_is_not_sent_once_the_citizen_has_written(world: World, channel: Reached) -> None:
    ticket = world.assigned()
    row = schedule(world, ticket)
    channel.heard_at = NOW + timedelta(hours=1)
    send_scheduled(lambda: SOON)
    row.refresh_from_db()
    assert (said(ticket), row.state, row.reason) == ([], "unsent", "Vatandaş bu arada yazdı: önce okuyun.")
    assert notices(world) == 1


def test_it_is_sent_all_the_same_where_its_author_said_so(world: World, channel: Reached) -> None:
    ticket = world.assigned()
    schedule(world, ticket, whatever_comes=True)
    channel.heard_at = NOW + timedelta(hours=1)
    send_scheduled(lambda: SOON)
    assert len(said(ticket)) == 1


def test_it_is_not_sent_when_free_text_does_not_arrive_any_more(world: World, channel: Reached) -> None:
    ticket = world.assigned()
    row = schedule(world, ticket)
    channel.open_until = SOON
    send_scheduled(lambda: SOON)
    row.refresh_from_db()
    assert (said(ticket), row.state) == ([], "unsent")
    assert "24 saat" in row.reason
    assert notices(world) == 1


def test_it_is_not_sent_by_somebody_who_may_not_write_any_more(world: World, channel: Reached) -> None:
    ticket = world.assigned()
    row = schedule(world, ticket)
    world.user("operator").memberships.all().delete()
    send_scheduled(lambda: SOON)
    row.refresh_from_db()
    assert (said(ticket), row.state) == ([], "unsent")


@pytest.mark.parametrize(
    "due_at", [NOW, NOW - timedelta(hours=1), NOW + timedelta(days=31)], ids=["now", "past", "far"]
)
def test_its_time_is_in_the_next_month(world: World, channel: Reached, due_at: datetime) -> None:
    with pytest.raises(MissingFields, match="saat seçin"):
        schedule(world, world.assigned(), due_at=due_at)


def test_a_time_at_which_it_could_not_be_sent_is_refused(world: World, channel: Reached) -> None:
    ticket = world.assigned()
    with pytest.raises(MissingFields, match="24 saat"):
        schedule(world, ticket, due_at=NOW + timedelta(hours=4))
    schedule(world, ticket, due_at=NOW + timedelta(hours=4), whatever_comes=True)
    assert ScheduledReply.objects.exists()


@pytest.mark.parametrize("who", ["crew_fen", "head_park", "dpo"])
def test_nobody_schedules_or_cancels_who_may_not_write(world: World, channel: Reached, who: str) -> None:
    ticket = world.assigned()
    row = schedule(world, ticket)
    with pytest.raises(NotAllowed):
        schedule(world, ticket, who)
    with pytest.raises(NotAllowed):
        cancel_reply(ticket=ticket, actor=world.actor(who), now=NOW, scheduled=row.pk)


def test_it_is_cancelled_until_it_is_sent(world: World, channel: Reached) -> None:
    ticket = world.assigned()
    row, other = schedule(world, ticket), schedule(world, ticket)
    cancel_reply(ticket=ticket, actor=world.actor("supervisor"), now=NOW, scheduled=row.pk)
    send_scheduled(lambda: SOON)
    assert len(said(ticket)) == 1
    with pytest.raises(NoSuchTransition):
        cancel_reply(ticket=ticket, actor=world.actor("operator"), now=SOON, scheduled=other.pk)


def test_times_are_offered_in_working_hours(world: World) -> None:
    friday = datetime(2026, 11, 27, 16, 50, tzinfo=ISTANBUL)
    offered = [f"{each:%d %H:%M}" for each in times_offered(friday)]
    assert offered == ["30 08:45", "01 08:45"]
    night = datetime(2026, 11, 30, 3, 36, tzinfo=ISTANBUL)
    offered = [f"{each:%d %H:%M}" for each in times_offered(night)]
    assert offered == ["30 08:45", "30 16:00", "01 08:45"]
    monday = datetime(2026, 11, 30, 9, 5, tzinfo=ISTANBUL)
    offered = [f"{each:%d %H:%M}" for each in times_offered(monday)]
    assert offered == ["30 10:15", "30 16:00", "01 08:45", "02 08:45"]


def test_the_page_shows_what_waits_and_lets_it_be_cancelled(world: World, channel: Reached) -> None:
    ticket, client = world.assigned(), sign_in(world, "operator")
    later = f"{datetime.now(ISTANBUL) + timedelta(hours=1):%Y-%m-%d %H:%M}"
    channel.open_until = datetime.now(ISTANBUL) + timedelta(hours=2)
    address = f"/admin/tickets/ticket/{ticket.pk}"
    ReplyDraft.objects.create(
        user=world.user("operator"), citizen=world.citizen, text="Yarın", updated_at=NOW
    )
    typed = {"version": 1, "text": "Yarın geliyoruz.", "due_at": later}
    assert client.post(f"{address}/schedule/", typed).status_code == 302
    row = ScheduledReply.objects.get()
    shown = client.get(f"{address}/change/").content.decode()
    assert "Yarın geliyoruz." in shown
    assert "Sonra gidecek" in shown
    assert not ReplyDraft.objects.exists()
    client.post(f"{address}/unschedule/", {"scheduled": row.pk})
    assert "Yarın geliyoruz." not in client.get(f"{address}/change/").content.decode()
    assert said(ticket) == []


def test_what_the_citizen_wrote_meanwhile_still_waits_after_it_was_sent(
    world: World, channel: Reached
) -> None:
    ticket = world.assigned()
    schedule(world, ticket, whatever_comes=True)
    wrote = channel.heard_at = NOW + timedelta(hours=1)
    describe(ticket=ticket, actor=Actor.citizen(), now=wrote, text="Çocuğum düştü, acele edin")
    request_staff(
        citizen=world.citizen,
        now=wrote,
        reason=WaitingConversation.Reason.ADDED,
        words="Çocuğum düştü",
        ticket=ticket,
    )
    send_scheduled(lambda: SOON)
    ticket.refresh_from_db()
    assert len(said(ticket)) == 1
    assert WaitingConversation.objects.get().ended_at is None
    assert ticket.waits_since == wrote


def test_what_was_read_before_it_was_written_waits_no_longer_once_it_is_sent(
    world: World, channel: Reached
) -> None:
    ticket = world.assigned()
    read = NOW - timedelta(minutes=5)
    request_staff(
        citizen=world.citizen,
        now=read,
        reason=WaitingConversation.Reason.ADDED,
        words="Ne zaman?",
        ticket=ticket,
    )
    schedule(world, ticket)
    send_scheduled(lambda: SOON)
    ticket.refresh_from_db()
    assert WaitingConversation.objects.get().ended_at == SOON
    assert ticket.waits_since is None


def test_the_line_keeps_silent_after_it_only_while_its_author_is_at_the_desk(
    world: World, channel: Reached
) -> None:
    schedule(world, world.assigned())
    send_scheduled(lambda: SOON)
    assert channel.taken == []
    sign_in(world, "operator").get("/admin/")
    schedule(world, world.assigned())
    send_scheduled(lambda: SOON)
    assert channel.taken == [True]


def test_what_its_author_is_writing_at_that_moment_stays(world: World, channel: Reached) -> None:
    schedule(world, world.assigned())
    save_draft(user=world.user("operator"), citizen=world.citizen, text="Yarım kalan", now=SOON)
    send_scheduled(lambda: SOON)
    assert ReplyDraft.objects.get().text == "Yarım kalan"


def _resolve(world: World, ticket: Ticket) -> None:
    world.move(ticket, Status.RESOLVED, answer="Kapatıldı.", now=NOW + timedelta(minutes=30))


def _answer(world: World, ticket: Ticket) -> None:
    reply(ticket=ticket, actor=world.actor("supervisor"), now=NOW + timedelta(minutes=30), text="Bakıyoruz")


def _restrict(world: World, ticket: Ticket) -> None:
    Ticket.objects.filter(pk=ticket.pk).update(restricted=True)


def _endanger(world: World, ticket: Ticket) -> None:
    world.assigned(danger="fire", urgent=True, now=NOW + timedelta(minutes=30))


@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        (_resolve, "sonuçlandı"),
        (_answer, "bir görevli vatandaşa yazdı"),
        (_restrict, "gizlilik"),
        (_endanger, "can güvenliği"),
    ],
)
@pytest.mark.parametrize("whatever_comes", [False, True])
def test_it_is_not_sent_once_something_happened_that_its_author_did_not_know(
    world: World, channel: Reached, happens: Any, reason: str, whatever_comes: bool
) -> None:
    ticket = world.assigned()
    row = schedule(world, ticket, whatever_comes=whatever_comes)
    happens(world, ticket)
    before = len(said(ticket))
    send_scheduled(lambda: SOON)
    row.refresh_from_db()
    assert (row.state, len(said(ticket))) == ("unsent", before)
    assert reason in row.reason


def test_two_that_wait_for_their_time_are_both_sent(world: World, channel: Reached) -> None:
    ticket = world.assigned()
    schedule(world, ticket, text="Ekip yolda.")
    schedule(world, ticket, text="Ekip işe başladı.", due_at=SOON + timedelta(minutes=20))
    send_scheduled(lambda: SOON)
    send_scheduled(lambda: SOON + timedelta(minutes=20))
    assert said(ticket) == ["Ekip yolda.", "Ekip işe başladı."]


def test_of_one_that_was_not_sent_the_supervisors_are_told_too(world: World, channel: Reached) -> None:
    ticket = world.assigned()
    schedule(world, ticket)
    User.objects.filter(username="operator").update(is_active=False)
    channel.heard_at = NOW + timedelta(hours=1)
    send_scheduled(lambda: SOON)
    assert (notices(world, "operator"), notices(world, "supervisor")) == (0, 1)


def test_one_that_fails_for_no_reason_of_its_own_holds_up_no_other_and_is_left_in_the_end(
    world: World, channel: Reached, monkeypatch: pytest.MonkeyPatch
) -> None:
    ill, well = world.assigned(), world.assigned(citizen=Citizen.objects.create(name="Veli"))
    row = schedule(world, ill)
    schedule(world, well, due_at=SOON + timedelta(seconds=1))
    talk = channel.talk

    def broken(citizen: Citizen, /) -> Any:
        if citizen == world.citizen:
            raise ValueError("broken")
        return talk(citizen)

    monkeypatch.setattr(channel, "talk", broken)
    send_scheduled(lambda: SOON + timedelta(seconds=1))
    row.refresh_from_db()
    assert (row.state, row.attempts, said(well)) == ("waiting", 1, ["Ekip yarın orada."])
    for minutes in (1, 5, 21, 85):
        send_scheduled(lambda: SOON + timedelta(minutes=minutes, seconds=2))  # noqa: B023
    row.refresh_from_db()
    assert (row.state, row.text) == ("unsent", "Ekip yarın orada.")
    assert "hata" in row.reason
    assert notices(world) == 1


def test_it_stands_in_every_talk_of_the_person_until_it_is_sent(world: World, channel: Reached) -> None:
    ticket, other = world.assigned(), world.assigned()
    schedule(world, ticket)
    shown = sign_in(world, "operator").get(f"/admin/tickets/ticket/{other.pk}/change/").content.decode()
    assert f"Sonra gidecek · {ticket.number}" in shown
    row = request_staff(citizen=world.citizen, now=NOW, reason=WaitingConversation.Reason.ASKED)
    shown = sign_in(world, "operator").get(f"/admin/bekleyenler/{row.pk}/").content.decode()
    assert "Ekip yarın orada." in shown


def test_a_reply_for_later_that_came_too_late_keeps_its_hour(world: World, channel: Reached) -> None:
    ticket = world.assigned()
    add_note(ticket=ticket, actor=world.actor("operator"), now=NOW, text="Bakıyorum")
    channel.open_until = datetime.now(ISTANBUL) + timedelta(hours=2)
    later = datetime.now(ISTANBUL) + timedelta(hours=1)
    typed = {"version": 1, "text": "Yarın", "due_at": f"{later:%Y-%m-%d %H:%M}", "whatever_comes": "on"}
    refused = sign_in(world, "operator").post(f"/admin/tickets/ticket/{ticket.pk}/schedule/", typed)
    assert refused.status_code == 409
    page = refused.content.decode()
    assert f'id="due-at" value="{later:%Y-%m-%dT%H:%M}"' in page
    assert 'name="whatever_comes" checked' in page
