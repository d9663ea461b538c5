"""Who waits for a person: nobody waits unseen, and everybody who waits was answered by a person or is on the list."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models import QuerySet
from typing_extensions import override

from departments.models import DutyShift
from tests.tickets.world import NOW, World, sign_in
from tickets.answering import conversations
from tickets.answering.escalation import escalate_waiting_conversations
from tickets.answering.replies import take_over
from tickets.casework.awaiting_staff import request_staff
from tickets.models import Act, Attachment, Citizen, Notification, Presence, Ticket, WaitingConversation
from tickets.presence.saying import set_availability
from tickets.privacy.erasure import forget_people
from tickets.record import channel as ports
from tickets.record.channel import ChannelMessage, NullChannel, Talk
from tickets.record.workflow import MissingFields, NoSuchTransition, NotAllowed, StaleVersion
from tickets.undo.actions import perform, undo

Reason, End = WaitingConversation.Reason, WaitingConversation.End
LIST = "/admin/bekleyenler/"
EVENING = datetime.fromisoformat("2026-11-23T18:30:00+03:00")


class Told(NullChannel):
    """A channel that reaches everybody and remembers what was written."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.files: list[Attachment | None] = []
        self.confirmed: list[Ticket] = []

    @override
    def talk(self, _citizen: Citizen, /) -> Talk:
        return Talk(open_until=NOW + timedelta(hours=20))

    @override
    def write(
        self,
        _citizen: Citizen,
        text: str,
        _ticket: Ticket | None,
        _now: datetime,
        /,
        file: Attachment | None = None,
    ) -> bool:
        self.said.append(text)
        self.files.append(file)
        return True

    @override
    def conversation(
        self, _citizen: Citizen, _tickets: QuerySet[Ticket], /, *, loose: bool = True
    ) -> list[ChannelMessage]:
        return [ChannelMessage(at=NOW, direction="in", text="Köşkte yolda çukur var", kind="text")]

    @override
    def confirm(self, ticket: Ticket, _now: datetime, /) -> None:
        self.confirmed.append(ticket)


@pytest.fixture
def told() -> Iterator[Told]:
    channel = Told()
    before = ports.register(channel)
    yield channel
    ports.register(before)


def ask(world: World, now: datetime = NOW, **more: Any) -> WaitingConversation:
    facts: dict[str, Any] = {"citizen": world.citizen, "reason": Reason.ASKED, "words": "temsilci"} | more
    return request_staff(now=now, **facts)


def give(world: World, row: WaitingConversation) -> None:
    conversations.assign(
        handover=row, actor=world.actor("operator"), now=NOW, assignee=world.user("operator")
    )


def waiting() -> list[WaitingConversation]:
    return list(WaitingConversation.objects.filter(ended_at=None))


def test_a_citizen_waits_once_however_often_they_ask_and_since_the_first_time(world: World) -> None:
    ask(world)
    ask(world, NOW + timedelta(hours=1), words="alo")
    assert [(row.since, row.last_words) for row in waiting()] == [(NOW, "alo")]


def test_who_asked_for_a_person_goes_on_waiting_as_one_who_asked(world: World) -> None:
    ask(world)
    ask(world, reason=Reason.WROTE)
    assert waiting()[0].reason == Reason.ASKED


def test_an_answer_by_hand_ends_the_waiting(world: World, told: Told) -> None:
    row = conversations.answer(handover=ask(world), actor=world.actor("operator"), now=NOW, text=" Buyurun ")
    assert (told.said, row.end, row.ended_by) == (["Buyurun"], End.ANSWERED, world.user("operator"))


def test_a_reply_from_the_tickets_page_ends_it_and_taken_back_restores_it(world: World, told: Told) -> None:
    ticket, operator = world.open(), world.actor("operator")
    ask(world)
    perform("reply", ticket=ticket, actor=operator, now=NOW, text="Bakıyoruz")
    assert waiting() == []
    undo(act=Act.objects.get(), actor=operator, now=NOW + timedelta(seconds=3))
    assert [row.since for row in waiting()] == [NOW]


def test_an_empty_answer_is_refused_and_ends_nothing(world: World, told: Told) -> None:
    with pytest.raises(MissingFields):
        conversations.answer(handover=ask(world), actor=world.actor("operator"), now=NOW, text=" ")
    assert len(waiting()) == 1


def test_what_ended_is_answered_by_nobody_again(world: World, told: Told) -> None:
    row, operator = ask(world), world.actor("operator")
    conversations.answer(handover=row, actor=operator, now=NOW, text="Buyurun")
    with pytest.raises(NoSuchTransition, match="artık beklemiyor"):
        conversations.answer(handover=row, actor=operator, now=NOW, text="Buyurun")
    assert told.said == ["Buyurun"]


def test_who_is_not_of_the_call_centre_may_not_answer(world: World, told: Told) -> None:
    for name in ("head_fen", "crew_fen", "dpo"):
        with pytest.raises(NotAllowed):
            conversations.answer(handover=ask(world), actor=world.actor(name), now=NOW, text="Buyurun")
    assert told.said == []


def test_a_conversation_is_taken_given_to_a_colleague_and_put_back(world: World) -> None:
    row, operator = ask(world), world.actor("operator")
    for assignee in (world.user("operator"), world.user("supervisor"), None):
        given = conversations.assign(handover=row, actor=operator, now=NOW, assignee=assignee)
        assert (given.assignee, given.assigned_at is None) == (assignee, assignee is None)


def test_who_is_given_a_talk_hears_of_it_and_who_takes_one_does_not(world: World) -> None:
    row = ask(world)
    conversations.take(handover=row, actor=world.actor("operator"), now=NOW)
    give(world, row)
    assert not Notification.objects.exists()
    conversations.assign(
        handover=row, actor=world.actor("operator"), now=NOW, assignee=world.user("supervisor")
    )
    told = Notification.objects.get()
    assert (told.user, str(told)) == (world.user("supervisor"), "Size bir görüşme verildi")
    assert told.page().endswith(f"/admin/bekleyenler/{row.pk}/")
    page = sign_in(world, "supervisor").get("/admin/bildirimler/").content.decode()
    assert "Size bir görüşme verildi" in page
    assert "Vatandaşa cevap yazın ya da birine verin." in page
    conversations.assign(handover=row, actor=world.actor("operator"), now=NOW, assignee=None)
    assert (
        "Size bir görüşme verildi"
        not in sign_in(world, "supervisor").get("/admin/bildirimler/").content.decode()
    )


def test_closing_without_an_answer_needs_a_reason(world: World) -> None:
    row, operator = ask(world), world.actor("operator")
    with pytest.raises(MissingFields):
        conversations.close(handover=row, actor=operator, now=NOW, note=" ")
    closed = conversations.close(handover=row, actor=operator, now=NOW, note="telefonla görüşüldü")
    assert (closed.end, closed.note) == (End.CLOSED, "telefonla görüşüldü")


def test_what_was_said_becomes_a_ticket_and_the_citizen_hears_its_number(world: World, told: Told) -> None:
    ticket = conversations.make_ticket(handover=ask(world), actor=world.actor("operator"), now=NOW)
    assert ticket.description == "Köşkte yolda çukur var"
    assert told.confirmed == [ticket]
    assert WaitingConversation.objects.get().end == End.TICKET


def come_back(world: World, told: Told) -> WaitingConversation:
    """The citizen writes again after the operator took their talk and answered it."""
    row, operator = ask(world), world.actor("operator")
    conversations.take(handover=row, actor=operator, now=NOW)
    conversations.answer(handover=row, actor=operator, now=NOW, text="Hangi sokak?")
    return ask(world, NOW + timedelta(minutes=5), words="Pınar sokak")


def test_a_citizen_who_writes_back_is_still_with_whoever_took_and_answered_them(
    world: World, told: Told
) -> None:
    sign_in(world, "operator").get(LIST)
    assert come_back(world, told).assignee == world.user("operator")


def test_whoever_left_the_desk_does_not_get_back_who_writes_again(world: World, told: Told) -> None:
    assert come_back(world, told).assignee is None
    sign_in(world, "operator").get(LIST)
    set_availability(user=world.user("operator"), state=Presence.State.BREAK)
    WaitingConversation.objects.filter(ended_at=None).delete()
    assert come_back(world, told).assignee is None


def test_the_next_day_whoever_writes_again_is_nobodys(world: World, told: Told) -> None:
    sign_in(world, "operator").get(LIST)
    come_back(world, told)
    WaitingConversation.objects.filter(ended_at=None).delete()
    assert ask(world, NOW + timedelta(days=1)).assignee is None


def test_whoever_was_answered_without_being_taken_is_nobodys_when_they_write_again(
    world: World, told: Told
) -> None:
    sign_in(world, "operator").get(LIST)
    conversations.answer(handover=ask(world), actor=world.actor("operator"), now=NOW, text="Buyurun")
    assert ask(world, NOW + timedelta(minutes=5)).assignee is None


def test_what_was_said_joins_a_ticket_of_the_citizens_own_alone(world: World, told: Told) -> None:
    row, operator = ask(world), world.actor("operator")
    other = world.open(citizen=Citizen.objects.create(name="Veli"))
    with pytest.raises(NoSuchTransition):
        conversations.join(handover=row, actor=operator, now=NOW, ticket=other)
    own = world.open()
    assert conversations.join(handover=row, actor=operator, now=NOW, ticket=own).end == End.JOINED


def test_the_supervisors_hear_once_of_who_waits_an_hour_of_working_time(world: World) -> None:
    ask(world)
    escalate_waiting_conversations(now=NOW + timedelta(minutes=59))
    assert not Notification.objects.exists()
    for minutes in (61, 90):
        escalate_waiting_conversations(now=NOW + timedelta(minutes=minutes))
    told = Notification.objects.get()
    assert (told.user, told.kind) == (world.user("supervisor"), Notification.Kind.WAITING)
    assert told.page().endswith(f"/admin/bekleyenler/{WaitingConversation.objects.get().pk}/")


def test_who_is_not_reached_within_the_time_of_one_look_is_told_of_by_the_next(world: World) -> None:
    ask(world)
    late = NOW + timedelta(minutes=61)
    escalate_waiting_conversations(now=late, is_over=lambda: True)
    assert not Notification.objects.exists()
    escalate_waiting_conversations(now=late)
    assert Notification.objects.count() == 1


def test_the_night_is_no_working_time(world: World) -> None:
    ask(world, EVENING)
    escalate_waiting_conversations(now=EVENING + timedelta(hours=10))
    assert not Notification.objects.exists()


def test_what_a_colleague_has_who_left_for_the_day_goes_back_to_all(world: World) -> None:
    row = ask(world)
    give(world, row)
    escalate_waiting_conversations(now=NOW + timedelta(minutes=30))
    assert waiting()[0].assignee is not None
    escalate_waiting_conversations(now=EVENING)
    assert waiting()[0].assignee is None


def test_who_is_on_duty_in_the_evening_keeps_what_they_have(world: World) -> None:
    give(world, ask(world))
    DutyShift.objects.create(user=world.user("operator"), starts_at=NOW, ends_at=EVENING + timedelta(hours=2))
    escalate_waiting_conversations(now=EVENING)
    assert waiting()[0].assignee == world.user("operator")


def test_who_still_sits_at_their_desk_in_the_evening_keeps_what_they_have(world: World) -> None:
    give(world, ask(world))
    sign_in(world, "operator").get("/admin/bekleyenler/")
    escalate_waiting_conversations(now=EVENING)
    assert waiting()[0].assignee == world.user("operator")


def test_what_is_given_in_the_evening_waits_an_hour_for_whom_it_was_given_to(world: World) -> None:
    row = ask(world)
    late = EVENING + timedelta(hours=1)
    conversations.assign(
        handover=row, actor=world.actor("supervisor"), now=late, assignee=world.user("operator")
    )
    escalate_waiting_conversations(now=late + timedelta(minutes=59))
    assert waiting()[0].assignee == world.user("operator")
    escalate_waiting_conversations(now=late + timedelta(minutes=61))
    assert waiting()[0].assignee is None


def test_the_citizen_of_a_restricted_ticket_is_listed_to_those_alone_who_may_see_it(world: World) -> None:
    world.open(danger="violence", urgent=True, restricted=True)
    row = ask(world)
    assert sign_in(world, "operator").get(f"{LIST}{row.pk}/").status_code == 404
    assert sign_in(world, "supervisor").get(f"{LIST}{row.pk}/").status_code == 200


def test_the_list_shows_who_waits_longest_first(world: World) -> None:
    ask(world, words="görevli istiyorum")
    second = Citizen.objects.create(name="Veli Ak")
    ask(world, NOW - timedelta(hours=2), citizen=second, words="kimse yok mu")
    page = sign_in(world, "operator").get(LIST).content.decode()
    assert page.index("kimse yok mu") < page.index("görevli istiyorum")


def test_the_empty_list_says_when_somebody_will_stand_there(world: World) -> None:
    assert "Bekleyen kimse yok" in sign_in(world, "operator").get(LIST).content.decode()


def test_only_the_call_centre_opens_the_list(world: World) -> None:
    codes = {
        name: sign_in(world, name).get(LIST).status_code
        for name in ("operator", "supervisor", "head_fen", "crew_fen", "dpo")
    }
    assert codes == {"operator": 200, "supervisor": 200, "head_fen": 403, "crew_fen": 403, "dpo": 403}


def test_an_answer_from_the_page_leads_back_to_the_list(world: World, told: Told) -> None:
    row = ask(world)
    answered = sign_in(world, "operator").post(f"{LIST}{row.pk}/cevapla/", {"text": "Buyurun"})
    assert (answered.status_code, answered.headers["Location"], told.said) == (302, LIST, ["Buyurun"])


def test_a_refusal_keeps_what_was_typed(world: World, told: Told) -> None:
    row, client = ask(world), sign_in(world, "operator")
    conversations.answer(handover=row, actor=world.actor("supervisor"), now=NOW, text="Buyurun")
    page = client.post(f"{LIST}{row.pk}/cevapla/", {"text": "Uzun bir cevap"})
    assert page.status_code == 409
    assert "artık beklemiyor" in page.content.decode()


def test_whoever_is_forgotten_waits_no_longer_and_leaves_no_word(world: World) -> None:
    ask(world, words="ben Ayşe")
    forget_people([world.citizen.pk], NOW)
    assert list(WaitingConversation.objects.values_list("last_words", "end")) == [("", End.CLOSED)]


def test_the_list_takes_the_same_few_statements_however_many_wait(
    world: World, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        ask(world, citizen=Citizen.objects.create(name=f"Bekleyen {number}"))
    client = sign_in(world, "operator")
    with django_assert_max_num_queries(16):
        assert client.get(LIST).status_code == 200


def test_an_answer_to_what_the_citizen_has_added_to_since_is_refused(world: World, told: Told) -> None:
    seen = ask(world).stamp
    row = ask(world, NOW + timedelta(minutes=1), words="Tamam, buldum")
    operator = world.actor("operator")
    with pytest.raises(StaleVersion, match="yeni bir şey yazmış"):
        conversations.answer(handover=row, actor=operator, now=NOW, text="Buyurun", seen=seen)
    conversations.answer(handover=row, actor=operator, now=NOW, text="Buyurun", seen=row.stamp)
    assert told.said == ["Buyurun"]


def test_what_somebody_took_a_moment_ago_is_not_given_away_unseen(world: World) -> None:
    row, supervisor = ask(world), world.actor("supervisor")
    seen = row.stamp
    give(world, row)
    with pytest.raises(StaleVersion, match="almış"):
        conversations.assign(
            handover=row, actor=supervisor, now=NOW, assignee=world.user("supervisor"), seen=seen
        )


def test_a_talk_is_given_to_nobody_but_the_call_centre(world: World) -> None:
    row, supervisor = ask(world), world.actor("supervisor")
    with pytest.raises(MissingFields):
        conversations.assign(handover=row, actor=supervisor, now=NOW, assignee=world.user("crew_fen"))


def test_a_talk_that_a_colleague_has_is_not_taken_from_a_tickets_page(world: World, told: Told) -> None:
    ticket = world.open()
    row = ask(world)
    give(world, row)
    with pytest.raises(conversations.TakenAlready):
        take_over(ticket=ticket, actor=world.actor("supervisor"), now=NOW)


def test_what_a_citizen_wrote_mentions_nobody(world: World, told: Told) -> None:
    ticket = world.open()
    row = ask(world, words="@crew_park geldi mi?")
    conversations.join(handover=row, actor=world.actor("operator"), now=NOW, ticket=ticket)
    assert not Notification.objects.filter(kind=Notification.Kind.MENTION).exists()
