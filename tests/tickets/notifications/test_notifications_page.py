"""The page of notifications, and the indicator of unseen ones."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import strip_tags
from pytest_django import Settings

from departments.models import DutyShift
from tests.tickets.world import NOW, World, sign_in
from tickets.answering.phone_calls import log_call
from tickets.casework.assigning import assign
from tickets.casework.transitions import change_status
from tickets.danger.ringing import alert_staff
from tickets.danger.ringing_times import AGAIN_AFTER
from tickets.danger.services import acknowledge
from tickets.deadlines.clocks import watch_clocks
from tickets.models import Citizen, Notification, NotificationPreference, Snooze, Ticket, WaitingConversation
from tickets.notifications.emails import mail_notifications
from tickets.record.statuses import Status

PAGE = "/admin/bildirimler/"


@pytest.fixture
def danger(world: World) -> Ticket:
    """One that supervisors were told of."""
    now = timezone.now()
    ticket = world.open(urgent=True, urgent_reason="gaz", now=now)
    alert_staff(now=now)
    return ticket


@pytest.fixture
def supervisor(world: World) -> Client:
    return sign_in(world, "supervisor")


def test_the_bell_rings_for_a_danger_until_somebody_takes_it_on(supervisor: Client, danger: Ticket) -> None:
    bell = supervisor.get(f"{PAGE}durum/").json()
    assert bell["unseen"] == 1
    assert [each["key"] for each in bell["dangers"]] == [danger.pk]
    supervisor.post(bell["dangers"][0]["claim"])
    bell = supervisor.get(f"{PAGE}durum/").json()
    assert (bell["unseen"], bell["dangers"]) == (0, [])


def test_a_danger_told_twice_stands_there_once(supervisor: Client, danger: Ticket) -> None:
    alert_staff(now=timezone.now() + AGAIN_AFTER)
    assert len(supervisor.get(f"{PAGE}durum/").json()["dangers"]) == 1


def test_nobody_sees_what_others_were_told(world: World, danger: Ticket) -> None:
    head = sign_in(world, "head_fen")
    assert danger.number not in head.get(PAGE).content.decode()
    assert head.post(f"{PAGE}{danger.pk}/ustlen/").status_code == 404
    assert not Notification.objects.filter(acknowledged_at__isnull=False).exists()


def test_whoever_claims_what_they_may_not_open_stays_where_they_were(world: World, danger: Ticket) -> None:
    told = world.user("head_park")
    Notification.objects.create(user=told, kind=Notification.Kind.DANGER, ticket=danger, at=danger.created_at)
    head, was = sign_in(world, "head_park"), "/admin/tickets/ticket/?tab=tumu"
    claimed = head.post(f"{PAGE}{danger.pk}/ustlen/", headers={"referer": f"http://testserver{was}"})
    danger.refresh_from_db()
    assert (claimed.headers["Location"], danger.claimed_by) == (was, told)


def test_all_but_dangers_are_put_aside_with_one_key(world: World) -> None:
    world.assigned()
    head = sign_in(world, "head_fen")
    head.post(f"{PAGE}goruldu/")
    assert head.get(f"{PAGE}durum/").json()["unseen"] == 0


def test_whatsapp_is_offered_where_the_installation_has_switched_it_on(
    world: World, supervisor: Client, settings: Settings
) -> None:
    for switched in (False, True):
        settings.STAFF_NOTICES_BY_WHATSAPP = switched
        assert ("WhatsApp’la" in supervisor.get(PAGE).content.decode()) is switched
    settings.STAFF_NOTICES_BY_WHATSAPP = False
    supervisor.post(f"{PAGE}tercih/", {"by_message": ["danger"], "phone": "0532 123 45 67"})
    assert NotificationPreference.objects.get(user=world.user("supervisor")).by_message == []


def test_the_chosen_means_are_kept(world: World, supervisor: Client, settings: Settings) -> None:
    settings.STAFF_NOTICES_BY_WHATSAPP = True
    chosen = {"by_mail": ["work"], "by_message": ["danger", "deadline"], "phone": "0532 123 45 67"}
    supervisor.post(f"{PAGE}tercih/", chosen)
    wish = NotificationPreference.objects.get(user=world.user("supervisor"))
    assert (wish.by_mail, wish.by_message, wish.phone) == (["work"], ["danger", "deadline"], "+905321234567")


@pytest.mark.parametrize("phone", ["", "12"])
def test_messages_need_a_telephone_number(supervisor: Client, settings: Settings, phone: str) -> None:
    settings.STAFF_NOTICES_BY_WHATSAPP = True
    response = supervisor.post(f"{PAGE}tercih/", {"by_message": ["danger"], "phone": phone})
    assert response.status_code == 400
    assert not NotificationPreference.objects.exists()


def shown_groups(client: Client) -> list[str]:
    text = client.get(PAGE).content.decode().partition('<ul class="lines">')[2].partition("</ul>")[0]
    return [" ".join(strip_tags(each).split()) for each in text.split("<li")[1:]]


def test_one_danger_is_one_notice_however_often_it_rang_with_what_to_do(
    supervisor: Client, danger: Ticket
) -> None:
    Notification.objects.update(at=F("at") - AGAIN_AFTER)
    alert_staff(now=timezone.now())
    [group] = shown_groups(supervisor)
    assert "2 kez çaldı" in group
    assert "hemen üstlenin" in group


def test_a_danger_stands_before_a_routine_that_came_later(world: World, danger: Ticket) -> None:
    later = world.assigned(now=timezone.now())
    supervisor = world.user("supervisor")
    Notification.objects.create(user=supervisor, kind="work", ticket=later, at=timezone.now())
    first, second = shown_groups(sign_in(world, "supervisor"))
    assert danger.number in first
    assert later.number in second


def test_a_clock_that_ran_out_is_not_also_about_to(world: World) -> None:
    ticket = world.assigned(now=timezone.now() - timedelta(days=10))
    watch_clocks(now=timezone.now())
    told = [str(each) for each in Notification.objects.filter(kind="deadline", user=world.user("head_fen"))]
    assert f"{ticket.number}: Çözüm hedefi doldu" in told
    assert not [each for each in told if "dolmak üzere" in each]


def test_a_warning_is_over_once_the_clock_ran_out(world: World) -> None:
    ticket = world.assigned(now=NOW)
    assert ticket.resolution_warn_at
    assert ticket.resolution_due_at
    for at in (ticket.resolution_warn_at, ticket.resolution_due_at):
        watch_clocks(now=at)
    unseen = Notification.objects.filter(breach__clock="resolution", seen_at=None)
    assert [str(each.breach) for each in unseen] == [f"{ticket.number}: Çözüm hedefi doldu"]


def test_what_was_missed_is_told_in_the_order_of_time(world: World) -> None:
    ticket = world.assigned(now=timezone.now() - timedelta(days=90))
    watch_clocks(now=timezone.now())
    dues = list(ticket.breaches.order_by("id").values_list("due_at", flat=True))
    assert dues == sorted(dues)


@pytest.mark.parametrize(("on_shift", "mailed"), [(False, 0), (True, 1)])
def test_a_crew_member_off_duty_is_not_rung_with_what_can_wait(
    world: World, settings: Settings, *, on_shift: bool, mailed: int
) -> None:
    settings.NOTICES_BY_EMAIL = True
    crew, night = world.user("crew_fen"), NOW.replace(hour=23)
    User.objects.filter(pk=crew.pk).update(email="ekip@example.org")
    NotificationPreference.objects.create(user=crew, by_mail=["work"])
    if on_shift:
        DutyShift.objects.create(user=crew, starts_at=night, ends_at=night + timedelta(hours=8))
    Notification.objects.create(user=crew, kind="work", ticket=world.assigned(), at=night)
    assert mail_notifications(now=night) == mailed
    assert mail_notifications(now=night + timedelta(hours=11)) == 1 - mailed


def test_the_bell_of_somebody_signed_out_is_silent(client: Client) -> None:
    assert client.get(f"{PAGE}durum/").status_code == 302


def tell(world: World, who: str, kind: str, ticket: Ticket | None = None, **more: object) -> Notification:
    facts = {"at": timezone.now()} | more
    return Notification.objects.create(user=world.user(who), kind=kind, ticket=ticket, **facts)


@pytest.mark.parametrize(
    ("kind", "said", "todo"),
    [
        ("mention", "bir notta adınız geçti", "Notu okuyun"),
        ("unsent", "ileri tarihli cevap gönderilmedi", "yeniden gönderin"),
        ("added", "vatandaş ek bilgi verdi", "eklediğini okuyun"),
        ("work", "yeni iş", "İşe başlayın"),
    ],
)
def test_every_notice_of_a_ticket_says_what_happened_and_what_to_do(
    world: World, supervisor: Client, kind: str, said: str, todo: str
) -> None:
    tell(world, "supervisor", kind, world.assigned())
    [group] = shown_groups(supervisor)
    assert said in group
    assert todo in group


def test_the_advice_is_that_of_the_most_pressing_notice_not_of_the_newest(world: World) -> None:
    ticket = world.assigned(now=timezone.now() - timedelta(days=10))
    watch_clocks(now=timezone.now())
    tell(world, "head_fen", "mention", ticket)
    [group] = shown_groups(sign_in(world, "head_fen"))
    assert "Süre doldu" in group


def test_what_has_ended_is_not_asked_to_be_hurried(world: World) -> None:
    ticket = world.assigned(now=timezone.now() - timedelta(days=10))
    watch_clocks(now=timezone.now())
    world.move(ticket, Status.RESOLVED, answer="Kapatıldı.", now=timezone.now())
    [group] = shown_groups(sign_in(world, "head_fen"))
    assert "Süre doldu: sonuçlandırın" not in group


def test_what_was_put_off_stands_with_its_ticket(world: World, supervisor: Client) -> None:
    ticket, now = world.assigned(), timezone.now()
    snooze = Snooze.objects.create(
        ticket=ticket, user=world.user("supervisor"), at=now, until=now, back_at=now
    )
    back = tell(world, "supervisor", "waiting", snooze=snooze)
    tell(world, "supervisor", "mention", ticket)
    [group] = shown_groups(supervisor)
    assert ticket.number in group
    assert "Ertelemeniz doldu" in group
    assert back.page().endswith(f"/{ticket.pk}/change/")


def test_what_was_put_off_and_is_no_longer_theirs_to_see_names_nothing(world: World) -> None:
    ticket, now = world.assigned(), timezone.now()
    snooze = Snooze.objects.create(ticket=ticket, user=world.user("head_fen"), at=now, until=now, back_at=now)
    tell(world, "head_fen", "waiting", snooze=snooze)
    change_status(
        ticket=ticket, to=Status.ASSIGNED, department=world.park, actor=world.actor("operator"), now=now
    )
    assert shown_groups(sign_in(world, "head_fen")) != []
    assert ticket.number not in sign_in(world, "head_fen").get(PAGE).content.decode()


def test_one_group_is_put_aside_and_the_others_stay_new(world: World, supervisor: Client) -> None:
    first, second = world.assigned(), world.assigned()
    seen, stays = (tell(world, "supervisor", "mention", each) for each in (first, second))
    supervisor.post(f"{PAGE}goruldu/", {"notice": [seen.pk]})
    unseen = Notification.objects.filter(user=world.user("supervisor"), seen_at=None)
    assert list(unseen) == [stays]


def test_nobody_puts_aside_what_others_were_told(world: World, supervisor: Client) -> None:
    theirs = tell(world, "operator", "mention", world.assigned())
    supervisor.post(f"{PAGE}goruldu/", {"notice": [theirs.pk]})
    theirs.refresh_from_db()
    assert theirs.seen_at is None


def test_many_notices_take_as_many_statements_as_one(world: World, supervisor: Client) -> None:
    def looks() -> int:
        with CaptureQueriesContext(connection) as asked:
            supervisor.get(PAGE)
        return len(asked)

    tell(world, "supervisor", "waiting", handover=_waiting(world.citizen))
    supervisor.get(PAGE)
    one = looks()
    for name in range(5):
        tell(world, "supervisor", "waiting", handover=_waiting(Citizen.objects.create(name=str(name))))
    assert looks() == one


def _waiting(citizen: Citizen) -> WaitingConversation:
    now = timezone.now()
    return WaitingConversation.objects.create(citizen=citizen, reason="asked", since=now, last_at=now)


@pytest.mark.parametrize(("who", "page"), [("crew_fen", "/admin/saha/"), ("head_fen", "/change/")])
def test_notices_lead_crews_to_their_jobs_and_others_to_the_desk(world: World, who: str, page: str) -> None:
    ticket = world.assigned()
    Notification.objects.filter(ticket=ticket).delete()
    notice = tell(world, who, "work", ticket)
    assert page in sign_in(world, who).get(PAGE).content.decode().partition('<ul class="lines">')[2]
    assert page in notice.page()


def test_the_notices_of_friday_evening_are_told_on_monday_to_crews(world: World, settings: Settings) -> None:
    settings.NOTICES_BY_EMAIL = True
    crew, friday = world.user("crew_fen"), NOW - timedelta(days=2, hours=14)
    User.objects.filter(pk=crew.pk).update(email="ekip@example.org")
    NotificationPreference.objects.create(user=crew, by_mail=["work"])
    tell(world, "crew_fen", "work", world.assigned(), at=friday)
    assert mail_notifications(now=friday + timedelta(hours=2)) == 0
    assert mail_notifications(now=NOW) == 1


def test_the_strip_of_dangers_makes_no_sound_for_crews_off_duty(
    world: World, danger: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    crew = sign_in(world, "crew_fen")
    monkeypatch.setattr(timezone, "now", lambda: NOW.replace(hour=23))
    assert crew.get(f"{PAGE}durum/").json()["quiet"]
    monkeypatch.setattr(timezone, "now", lambda: NOW.replace(hour=10))
    assert not crew.get(f"{PAGE}durum/").json()["quiet"]


def test_a_refused_claim_says_who_has_it_and_leads_nowhere(
    world: World, supervisor: Client, danger: Ticket
) -> None:
    acknowledge(ticket=danger, actor=world.actor("operator"), now=timezone.now())
    page = supervisor.post(f"{PAGE}{danger.pk}/ustlen/", follow=True)
    assert page.request["PATH_INFO"] == PAGE
    assert "operator sizden" in page.content.decode()


@pytest.mark.parametrize("who", ["head_fen", "crew_fen"])
def test_whoever_is_not_at_the_desk_finds_whom_to_call_again_here(world: World, who: str) -> None:
    ticket, now = world.assigned(), timezone.now()
    ticket = assign(ticket=ticket, actor=world.actor("head_fen"), now=now, assignee=world.user(who))
    log_call(
        citizen=world.citizen,
        ticket=ticket,
        actor=world.actor(who),
        now=now - timedelta(hours=2),
        result="unreached",
        again_at=now - timedelta(hours=1),
        again_by=world.user(who),
    )
    Notification.objects.all().delete()
    client = sign_in(world, who)
    assert "Ayşe Yılmaz" in client.get(PAGE).content.decode()
    assert client.get(f"{PAGE}durum/").json()["unseen"] == 1
    log_call(citizen=world.citizen, ticket=ticket, actor=world.actor(who), now=now, result="talked")
    assert "Arayacaklarınız" not in client.get(PAGE).content.decode()


def test_beside_who_has_a_danger_stands_what_else_is_to_be_done(
    world: World, supervisor: Client, danger: Ticket
) -> None:
    acknowledge(ticket=danger, actor=world.actor("operator"), now=timezone.now())
    tell(world, "supervisor", "unsent", danger)
    [group] = shown_groups(supervisor)
    assert "operator üstlendi" in group
    assert "yeniden gönderin" in group
