"""The list of everybody who waits for a person: one query, longest first, dangers above, as the roles may see it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.tickets.answering.test_waiting_conversations import Told
from tests.tickets.world import World, sign_in
from tickets.answering import conversations, snoozing
from tickets.answering.escalation import escalate_waiting_conversations
from tickets.answering.phone_calls import log_call
from tickets.answering.snoozing import end_due_snoozes, wake
from tickets.casework.assigning import assign
from tickets.casework.awaiting_staff import request_staff, wrote_on_ticket
from tickets.casework.descriptions import describe
from tickets.danger.services import acknowledge
from tickets.desk.waiting_list.entries import PAGE, TicketReason, WaitingTab, how_many, newest, waiting
from tickets.models import CallBack, Citizen, Notification, Snooze, Ticket, WaitingConversation
from tickets.record import channel as ports
from tickets.record.permissions import Actor
from tickets.record.statuses import Status
from tickets.record.workflow import MissingFields, NoSuchTransition

LIST = "/admin/bekleyenler/"
Reason = WaitingConversation.Reason


@pytest.fixture
def told() -> Iterator[Told]:
    channel = Told()
    before = ports.register(channel)
    yield channel
    ports.register(before)


def ago(hours: float) -> Any:
    return timezone.now() - timedelta(hours=hours)


def ask(world: World, hours: float = 1, **more: Any) -> WaitingConversation:
    facts: dict[str, Any] = {"citizen": world.citizen, "reason": Reason.ASKED, "words": "temsilci"} | more
    return request_staff(now=ago(hours), **facts)


def listed(
    world: World, who: str = "operator", tab: WaitingTab = WaitingTab.ALL
) -> list[tuple[bool, int, str]]:
    return [(each.is_talk, each.key, each.reason) for each in waiting(world.actor(who), tab, timezone.now())]


def test_whoever_waits_longest_stands_first_with_or_without_a_ticket(world: World) -> None:
    new = world.open(now=ago(3))
    talk = ask(world, 2)
    doubtful = world.open(now=ago(1), category=None)
    assert listed(world) == [
        (False, new.pk, TicketReason.PROPOSED),
        (True, talk.pk, Reason.ASKED),
        (False, doubtful.pk, TicketReason.SUBJECT),
    ]


def add(ticket: Ticket, hours: float) -> None:
    """The citizen writes of their ticket, so many hours ago."""
    describe(ticket=ticket, actor=Actor.citizen(), now=ago(hours), text="bu da var")
    wrote_on_ticket(ticket=ticket, before=Status(ticket.status), words="bu da var", now=ago(hours))


def waits(world: World) -> dict[str, float]:
    """For how many hours each entry of the list has waited."""
    now = timezone.now()
    entries = waiting(world.actor("operator"), WaitingTab.ALL, now)
    return {each.reason: round((now - each.since).total_seconds() / 3600, 1) for each in entries}


def test_whoever_adds_to_a_ticket_that_nobody_has_answered_has_waited_since_its_first_word(
    world: World,
) -> None:
    ticket = world.assigned(now=ago(3))
    for hours in (2, 1):
        add(ticket, hours)
    assert waits(world) == {Reason.ADDED: 3.0}
    page = sign_in(world, "operator").get(f"{LIST}{WaitingConversation.objects.get().pk}/").content.decode()
    assert f'data-waits="{ticket.waits_since.isoformat() if ticket.waits_since else None}"' in page
    assert "3 sa" in sign_in(world, "supervisor").get("/admin/pano/").content.decode()


def test_a_ticket_that_is_made_of_a_talk_has_waited_as_long_as_the_talk(world: World) -> None:
    ask(world, 2)
    ticket = world.open(now=ago(0.5))
    Ticket.objects.filter(pk=ticket.pk).update(waits_since=ago(2))
    WaitingConversation.objects.all().delete()
    assert waits(world) == {TicketReason.PROPOSED: 2.0}


def test_who_has_waited_long_and_comes_to_the_list_now_is_new_there(world: World) -> None:
    ticket = world.assigned(now=ago(3))
    ask(world, 1, citizen=world.open(citizen=Citizen.objects.create(name="Biri"), now=ago(5)).citizen)
    add(ticket, 0.1)
    came = newest(world.actor("operator"))
    assert came == WaitingConversation.objects.get(ticket=ticket).since


def test_a_proposed_agency_and_an_answer_to_approve_wait_to_be_confirmed(world: World) -> None:
    proposed = world.open(now=ago(3), proposed_agency=world.kaski)
    review = world.assigned(now=ago(9))
    world.move(review, Status.REVIEW, by="crew_fen", answer="Yapıldı.", now=ago(2))
    assert listed(world) == [
        (False, proposed.pk, TicketReason.REDIRECT),
        (False, review.pk, TicketReason.REVIEW),
    ]
    assert (
        waiting(world.actor("operator"), WaitingTab.ALL, timezone.now())[1].since
        == review.events.latest("id").at
    )


def test_what_was_given_to_a_clerk_waits_for_them_alone_until_the_citizen_is_asked(world: World) -> None:
    ticket = world.assigned(now=ago(3))
    assign(ticket=ticket, actor=world.actor("supervisor"), now=ago(1), assignee=world.user("operator"))
    assert listed(world) == [(False, ticket.pk, TicketReason.GIVEN)]
    assert listed(world, "supervisor") == []
    world.move(ticket, Status.WAITING, by="operator", answer="Neresi?", now=ago(0.5))
    assert listed(world) == []


def call_again(world: World, **more: Any) -> CallBack:
    """They were not reached three hours ago, and are to be called again an hour ago."""
    facts: dict[str, Any] = {"citizen": world.citizen, "result": "unreached", "note": "kapı çalındı"} | more
    log_call(actor=world.actor("supervisor"), now=ago(3), again_at=ago(1), **facts)
    return CallBack.objects.get(ended_at=None)


def test_whom_to_call_again_waits_from_that_time_and_says_what_came_of_the_last_call(world: World) -> None:
    row = call_again(world, ticket=world.assigned(now=ago(4)))
    assert listed(world) == [(False, row.pk, TicketReason.CALL)]
    client = sign_in(world, "operator")
    page = client.get(LIST).content.decode()
    assert f"Tekrar arayın: {timezone.localtime(row.due_at):%H.%M}" in page
    assert "Ulaşamadım: kapı çalındı" in page
    assert "Aramayı kaydet" in client.get(f"{LIST}arama/{row.pk}/").content.decode()


def test_somebody_to_call_again_without_a_ticket_is_called_from_the_list(world: World) -> None:
    row, client = call_again(world), sign_in(world, "operator")
    page = client.get(f"{LIST}arama/{row.pk}/").content.decode()
    assert f"/admin/tickets/citizen/{world.citizen.pk}/do/call/" in page
    client.post(f"/admin/tickets/citizen/{world.citizen.pk}/do/call/", {"result": "talked"})
    assert listed(world) == []
    assert client.get(f"{LIST}arama/{row.pk}/").status_code == 404


def test_whom_to_call_about_a_ticket_that_one_may_not_see_is_not_listed(world: World) -> None:
    world.assigned(now=ago(4))
    row = call_again(world, ticket=world.open(category=world.misconduct, now=ago(4)))
    assert [key for _, key, reason in listed(world) if reason == TicketReason.CALL] == []
    assert (False, row.pk, TicketReason.CALL) in listed(world, "supervisor")


def test_whoever_puts_a_ticket_off_puts_off_the_call_about_it(world: World) -> None:
    ticket = world.assigned(now=ago(4))
    call_again(world, ticket=ticket)
    snooze(world, ticket, 2)
    assert listed(world) == []


def test_a_ticket_whose_citizen_is_to_be_called_stands_there_once(world: World) -> None:
    ticket = world.open(now=ago(3))
    call = call_again(world, ticket=ticket)
    assert listed(world) == [(False, call.pk, TicketReason.CALL)]


def test_a_ticket_is_listed_though_the_talk_of_it_may_not_be_seen(world: World) -> None:
    ticket = world.open(now=ago(3))
    ask(world, ticket=ticket)
    secret = world.assigned(now=ago(4))
    Ticket.objects.filter(pk=secret.pk).update(restricted=True, department=None)
    assert listed(world) == [(False, ticket.pk, TicketReason.PROPOSED)]


def test_a_ticket_that_is_talked_of_stands_there_once(world: World) -> None:
    ticket = world.open(now=ago(3))
    talk = ask(world, ticket=ticket)
    assert [key for _, key, _ in listed(world)] == [talk.pk]


@pytest.mark.slow
def test_what_a_citizen_adds_to_a_ticket_that_was_sent_on_waits_to_be_read(world: World) -> None:
    ticket = world.assigned(now=ago(3))
    describe(ticket=ticket, actor=Actor.citizen(), now=ago(1), text="Hâlâ duruyor")
    [(is_talk, _, reason)] = listed(world)
    assert (is_talk, reason) == (True, Reason.ADDED)
    assert WaitingConversation.objects.get().last_words == "Hâlâ duruyor"


def test_what_follows_at_once_is_still_the_report(world: World) -> None:
    ticket = world.assigned(now=ago(3))
    describe(
        ticket=ticket, actor=Actor.citizen(), now=ticket.created_at + timedelta(minutes=2), text="Köşe başı"
    )
    assert listed(world) == []


def test_an_answer_to_a_question_of_ours_says_so(world: World) -> None:
    ticket = world.assigned(now=ago(3))
    world.move(ticket, Status.WAITING, answer="Hangi sokak?", now=ago(2))
    describe(ticket=ticket, actor=Actor.citizen(), now=ago(1), text="Pınar sokak")
    assert [reason for _, _, reason in listed(world)] == [Reason.ANSWERED]


def test_whoever_asks_for_a_person_meanwhile_waits_as_one_who_asked(world: World) -> None:
    ticket = world.assigned(now=ago(3))
    describe(ticket=ticket, actor=Actor.citizen(), now=ago(2), text="Hâlâ duruyor")
    ask(world)
    assert [reason for _, _, reason in listed(world)] == [Reason.ASKED]


def test_what_was_added_to_a_ticket_with_an_outcome_waits_no_longer(world: World) -> None:
    ticket = world.assigned(now=ago(9))
    describe(ticket=ticket, actor=Actor.citizen(), now=ago(8), text="Hâlâ duruyor")
    world.move(ticket, Status.CANCELLED, by="operator", now=ago(1))
    escalate_waiting_conversations(now=timezone.now())
    assert listed(world) == []
    describe(ticket=ticket, actor=Actor.citizen(), now=timezone.now(), text="Sağ olun")
    assert listed(world) == []


def test_whoever_asked_something_waits_on_as_before_when_they_add_to_a_ticket(world: World) -> None:
    ticket = world.assigned(now=ago(9))
    before = ask(world, 3, reason=Reason.QUESTION, words="Ne zaman?", ticket=ticket)
    describe(ticket=ticket, actor=Actor.citizen(), now=ago(1), text="Cami tarafı")
    after = WaitingConversation.objects.get()
    assert (after.reason, after.last_at, after.last_words) == (Reason.QUESTION, before.last_at, "Ne zaman?")


def test_the_supervisors_are_not_told_of_what_was_added_to_a_ticket(world: World) -> None:
    ticket = world.assigned(now=ago(90))
    describe(ticket=ticket, actor=Actor.citizen(), now=ago(80), text="Hâlâ duruyor")
    escalate_waiting_conversations(now=timezone.now())
    assert not Notification.objects.filter(kind=Notification.Kind.WAITING).exists()


def test_of_a_restricted_subject_an_operator_sees_nothing(world: World) -> None:
    world.open(now=ago(3), category=world.misconduct)
    assert listed(world) == []
    assert len(listed(world, "supervisor")) == 1


@pytest.mark.parametrize("username", ["head_fen", "crew_fen", "dpo", "roleless"])
def test_the_list_is_the_call_centre_s(world: World, username: str) -> None:
    ask(world)
    assert sign_in(world, username).get(LIST).status_code == 403


def test_a_row_says_who_how_long_why_what_about_what_and_where(world: World, told: Told) -> None:
    world.open(now=ago(5.7), neighbourhood=world.mahalle, description="Annem inemiyor")
    shown = sign_in(world, "operator").get(LIST).content.decode()
    for said in ("Ayşe Yılmaz", "5 sa 42 dk", "Konuyu onaylayın", "Annem inemiyor", "Çukur", "Alpaslan"):
        assert said in shown


def test_a_danger_stands_above_all_without_words_or_number(world: World) -> None:
    ask(world, 9)
    world.open(
        now=ago(0.1), danger="gas_in", urgent=True, description="Bodrumda koku", neighbourhood=world.mahalle
    )
    shown = sign_in(world, "operator").get(LIST).content.decode()
    assert shown.index("evde gaz") < shown.index("temsilci")
    assert "Bodrumda koku" not in shown


def claimed(world: World, by: str = "operator") -> Ticket:
    ticket = world.open(now=ago(2), danger="fire", urgent=True, neighbourhood=world.mahalle)
    return acknowledge(ticket=ticket, actor=world.actor(by), now=ago(1.9))


@pytest.mark.parametrize("query", ["", "?gorunum=bende"])
def test_ones_own_danger_stands_above_all_in_red_and_leads_to_its_page(world: World, query: str) -> None:
    ticket = claimed(world)
    ask(world, 9)
    shown = sign_in(world, "operator").get(LIST + query).content.decode()
    above = shown.partition('class="people dangers-above"')[2].partition("</ul>")[0]
    assert f'<li class="danger"><a href="/admin/tickets/ticket/{ticket.pk}/change/">' in above
    assert "yangın" in above
    assert "Sizde" in above
    assert "Bende <b>1</b>" in shown


def test_going_on_to_the_next_never_leads_to_ones_own_danger(world: World) -> None:
    claimed(world)
    for tab in (WaitingTab.ALL, WaitingTab.MINE):
        assert listed(world, tab=tab) == []


def test_the_danger_of_a_colleague_is_not_among_ones_own(world: World) -> None:
    claimed(world, "supervisor")
    assert "dangers-above" not in sign_in(world, "operator").get(LIST + "?gorunum=bende").content.decode()


def test_a_danger_that_waits_stands_before_ones_own(world: World) -> None:
    claimed(world)
    world.open(now=ago(0.1), danger="gas_in", urgent=True)
    shown = sign_in(world, "operator").get(LIST).content.decode()
    above = shown.partition('class="people dangers-above"')[2]
    assert above.index("evde gaz") < above.index("yangın")


def test_the_page_and_its_renewal_cost_at_most_fifteen_statements(
    world: World, told: Told, django_assert_max_num_queries: Any
) -> None:
    world.open(now=ago(3))
    ask(world)
    world.open(now=ago(0.1), danger="gas_in", urgent=True)
    operator = sign_in(world, "operator")
    for query in ("", "?live=1", "?gorunum=bende", "?gorunum=ertelenen"):
        with django_assert_max_num_queries(15):
            assert operator.get(LIST + query).status_code == 200


def test_a_later_page_costs_no_more_for_the_rows_of_the_first(
    world: World, django_assert_max_num_queries: Any
) -> None:
    for _ in range(PAGE + 1):
        world.open(now=ago(3))
    operator = sign_in(world, "operator")
    with django_assert_max_num_queries(15):
        assert operator.get(LIST + "?sayfa=2").content.decode().count(' data-key="') == 1


def test_the_renewal_says_that_nothing_changed(world: World) -> None:
    ask(world)
    operator = sign_in(world, "operator")
    stamp = operator.get(LIST, {"live": "1"}).headers["ETag"]
    assert operator.get(LIST, {"live": "1"}, headers={"If-None-Match": stamp}).status_code == 304
    ask(world, 0, words="alo")
    assert operator.get(LIST, {"live": "1"}, headers={"If-None-Match": stamp}).status_code == 200


def test_the_badge_of_the_menu_counts_the_list(world: World) -> None:
    ask(world)
    world.open(now=ago(3))
    assert "Hepsi <b>2</b>" in sign_in(world, "operator").get(LIST).content.decode()


def test_whoever_is_counted_is_listed(world: World) -> None:
    ask(world)
    world.open(now=ago(3))
    called = world.open(citizen=Citizen.objects.create(name="Biri", phone="+905000000001"), now=ago(2))
    call_again(world, citizen=called.citizen, ticket=called)
    back = world.assigned(citizen=Citizen.objects.create(name="Öteki"), now=ago(4))
    snooze(world, back, who="supervisor")
    Snooze.objects.update(back_at=ago(1))
    review = world.assigned(citizen=Citizen.objects.create(name="Beriki"), now=ago(9))
    world.move(review, Status.REVIEW, by="crew_fen", answer="Yapıldı.", now=ago(2))
    for who in ("supervisor", "operator"):
        actor, now = world.actor(who), timezone.now()
        assert how_many(actor, now) == len(waiting(actor, WaitingTab.ALL, now)) == 5


# Putting off.


def snooze(world: World, of: Ticket | WaitingConversation, hours: float = 2, who: str = "operator") -> Snooze:
    until = timezone.now() + timedelta(hours=hours)
    return snoozing.snooze(of=of, actor=world.actor(who), now=timezone.now(), until=until)


def later(hours: float) -> Any:
    return timezone.now() + timedelta(hours=hours)


def test_what_is_put_off_is_not_listed_until_its_time(world: World) -> None:
    talk, ticket = ask(world), world.open(now=ago(3))
    snooze(world, talk)
    snooze(world, ticket)
    assert listed(world) == []
    assert len(listed(world, tab=WaitingTab.ASLEEP)) == 2
    end_due_snoozes(now=later(3))
    assert len(listed(world)) == 2
    assert listed(world, tab=WaitingTab.ASLEEP) == []


def test_the_page_of_what_is_put_off_shows_talks_and_tickets(world: World, told: Told) -> None:
    snooze(world, ask(world))
    snooze(world, world.assigned())
    page = sign_in(world, "operator").get("/admin/bekleyenler/?gorunum=ertelenen")
    assert page.status_code == 200
    assert page.content.decode().count('" data-key="') == 2


def test_what_is_put_off_says_what_it_is_and_once_until_when_and_not_who_put_it_off(
    world: World, told: Told
) -> None:
    until = timezone.localtime(later(24)).replace(hour=8, minute=30)
    for of in (ask(world), world.assigned(now=ago(9))):
        snoozing.snooze(of=of, actor=world.actor("operator"), now=timezone.now(), until=until)
    shown = sign_in(world, "operator").get(LIST + "?gorunum=ertelenen").content.decode()
    assert shown.count('<span class="since">Yarın 08.30</span>') == shown.count("Yarın 08.30") == 2
    assert "<b>Görevli istedi</b>" in shown
    assert f"<b>{Status.ASSIGNED.label}</b>" in shown
    assert "erteledi" not in shown
    assert "Ertelemeniz doldu" not in shown


def test_any_ticket_can_be_put_off_and_comes_back_to_whoever_did(world: World) -> None:
    ticket = world.assigned(now=ago(9))
    snooze(world, ticket)
    end_due_snoozes(now=later(3))
    assert listed(world, tab=WaitingTab.MINE) == [(False, ticket.pk, TicketReason.SNOOZED)]
    assert listed(world, "supervisor", WaitingTab.MINE) == []


def test_whoever_put_it_off_has_it_and_is_told_once_when_it_is_back(world: World) -> None:
    talk = ask(world)
    snooze(world, talk)
    talk.refresh_from_db()
    assert talk.assignee == world.user("operator")
    for _ in range(2):
        end_due_snoozes(now=later(3))
    [notice] = Notification.objects.filter(kind=Notification.Kind.WAITING)
    assert (notice.user, str(notice)) == (world.user("operator"), "Ertelediğiniz bir iş geri geldi")


def test_it_comes_back_earlier_when_the_citizen_writes(world: World) -> None:
    talk = ask(world)
    snooze(world, talk, 48)
    ask(world, 0, words="alo")
    assert [key for _, key, _ in listed(world)] == [talk.pk]
    shown = sign_in(world, "operator").get(LIST).content.decode()
    assert "Ertelendi, vatandaş yazdı" in shown


def test_a_ticket_that_is_put_off_comes_back_when_its_citizen_writes(world: World) -> None:
    ticket = world.assigned(now=ago(3))
    snooze(world, ticket, 48)
    describe(ticket=ticket, actor=Actor.citizen(), now=timezone.now(), text="Ne oldu?")
    assert len(listed(world)) == 1
    assert Snooze.objects.get().written


def test_a_ticket_of_ones_own_comes_back_whatever_has_become_of_it(world: World) -> None:
    ticket = world.assigned(now=ago(5))
    Ticket.objects.filter(pk=ticket.pk).update(assignee=world.user("operator"))
    snooze(world, ticket)
    world.move(ticket, Status.WAITING, answer="Hangi kapı?", now=ago(1))
    Snooze.objects.update(back_at=timezone.now())
    assert listed(world, tab=WaitingTab.MINE) == [(False, ticket.pk, TicketReason.SNOOZED)]


def test_what_another_put_off_says_whose_it_was(world: World, told: Told) -> None:
    ticket = world.assigned(now=ago(5))
    snooze(world, ticket)
    Snooze.objects.update(back_at=timezone.now())
    page = sign_in(world, "supervisor").get(LIST).content.decode()
    assert "erteledi, süresi doldu" in page
    assert "Ertelemeniz doldu" in sign_in(world, "operator").get(LIST).content.decode()


def test_an_open_danger_is_not_put_off_nor_the_talk_with_somebody_in_it(world: World) -> None:
    ticket = world.open(danger="fire", urgent=True)
    for of in (ticket, ask(world)):
        with pytest.raises(NoSuchTransition, match="ertelenmez"):
            snooze(world, of)


def test_a_colleague_who_left_gets_nothing_and_neither_does_whoever_gives(world: World, told: Told) -> None:
    row = ask(world)
    gone = world.user("supervisor")
    gone.is_active = False
    gone.save()
    sign_in(world, "operator").post(f"{LIST}{row.pk}/al/", {"assignee": gone.pk})
    row.refresh_from_db()
    assert row.assignee is None


def test_putting_off_is_taken_back(world: World) -> None:
    talk = ask(world)
    snooze(world, talk)
    assert wake(of=talk, actor=world.actor("operator"), now=timezone.now())
    assert len(listed(world)) == 1


def test_a_past_time_is_refused_with_what_to_do(world: World) -> None:
    with pytest.raises(MissingFields, match="Geçmiş bir zaman"):
        snooze(world, ask(world), -1)


def test_what_came_back_and_was_answered_is_dealt_with(world: World) -> None:
    ticket = world.assigned(now=ago(3))
    snooze(world, ticket)
    end_due_snoozes(now=later(3))
    conversations.answered(citizen=world.citizen, now=later(3), by=world.user("operator"))
    assert listed(world) == []


@pytest.mark.parametrize(
    ("chosen", "status"), [("3s", 302), ("2099-01-01T10:00", 400), ("dün", 400), ("", 400)]
)
def test_a_preset_or_a_day_is_chosen_on_the_page(world: World, chosen: str, status: int) -> None:
    talk = ask(world)
    response = sign_in(world, "operator").post(f"{LIST}{talk.pk}/ertele/", {"until": chosen})
    assert response.status_code == status
    assert Snooze.objects.exists() is (status == 302)


# Two people.


def test_whoever_takes_second_is_told_who_has_it(world: World) -> None:
    talk = ask(world)
    first, second = sign_in(world, "operator"), sign_in(world, "supervisor")
    assert first.post(f"{LIST}{talk.pk}/al/").status_code == 302
    refused = second.post(f"{LIST}{talk.pk}/al/", headers={"Accept": "application/json"})
    assert refused.json()["reason"].startswith("operator sizden")
    talk.refresh_from_db()
    assert talk.assignee == world.user("operator")


def test_an_answer_to_what_somebody_has_answered_is_refused_with_the_text_kept(
    world: World, told: Told
) -> None:
    talk = ask(world)
    first, second = sign_in(world, "operator"), sign_in(world, "supervisor")
    first.post(f"{LIST}{talk.pk}/cevapla/", {"text": "Buyurun"})
    refused = second.post(f"{LIST}{talk.pk}/cevapla/", {"text": "Merhaba efendim"})
    assert refused.status_code == 409
    assert "operator" in refused.content.decode()
    assert told.said == ["Buyurun"]


def test_the_list_names_nobody_in_danger_and_says_nothing_of_their_words(world: World) -> None:
    ticket = world.open(now=ago(1), danger="fire", urgent=True, description="Mavikelam yanıyor")
    actor, now = world.actor("operator"), timezone.now()
    acknowledge(ticket=ticket, actor=actor, now=now)
    ask(world, 0.5, ticket=ticket, words="Mavikelam")
    operator = sign_in(world, "operator")
    page = operator.get(LIST).content.decode()
    assert "Acil: yangın" in page
    assert "Ayşe Yılmaz" not in page
    assert "Mavikelam" not in page


@pytest.mark.parametrize("secret", [{"restricted": True, "danger": "violence"}, {"danger": "fire"}])
def test_what_has_ended_names_nobody_in_danger(world: World, secret: dict[str, Any]) -> None:
    ticket = world.open(now=ago(1), urgent=True, **secret)
    talk = ask(world, 0.5, ticket=ticket, words="Mavikelam")
    conversations.close(handover=talk, actor=world.actor("supervisor"), now=timezone.now(), note="x")
    page = sign_in(world, "supervisor").get(LIST, {"bitti": ""}).content.decode()
    assert f"{LIST}{talk.pk}/" in page
    assert "Ayşe Yılmaz" not in page
    assert "Mavikelam" not in page


def test_who_waits_without_a_ticket_is_called_from_their_talk(world: World) -> None:
    Citizen.objects.filter(pk=world.citizen.pk).update(phone="+905321234567")
    ask(world, 1)
    row, client = WaitingConversation.objects.get(), sign_in(world, "operator")
    page = client.get(f"{LIST}{row.pk}/").content.decode()
    assert 'data-step="t"' in page
    assert "Aramayı kaydet" in page
    assert "+905321234567" not in page
    assert f"/admin/tickets/citizen/{world.citizen.pk}/phone/" in page
    client.post(f"/admin/tickets/citizen/{world.citizen.pk}/do/call/", {"result": "unreached"})
    assert "Ulaşamadım" in client.get(f"{LIST}{row.pk}/").content.decode()
    assert WaitingConversation.objects.filter(ended_at=None).exists()


def test_nobody_is_called_whose_telephone_is_not_known(world: World) -> None:
    Citizen.objects.filter(pk=world.citizen.pk).update(phone="")
    ask(world, 1)
    page = sign_in(world, "operator").get(f"{LIST}{WaitingConversation.objects.get().pk}/").content.decode()
    assert "Aramayı kaydet" not in page.split('id="help"')[0]
