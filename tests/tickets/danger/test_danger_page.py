"""A danger at the desk: on top of every page, on its own page, in the queue."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from departments.danger_reader.kinds import kinds
from departments.models import DutyShift, Role
from departments.places.points import Point
from departments.staff.role_permissions import give_role
from tests.tickets.duty import ring
from tests.tickets.world import World, sign_in
from tickets.danger.open_dangers import advice_for
from tickets.danger.ringing import alert_staff, repeat_alert, warning_undelivered
from tickets.danger.services import News, acknowledge, note_news, report_danger
from tickets.models import LocationSource, Ticket
from tickets.record.statuses import Status

BELL = "/admin/bildirimler/durum/"


def danger(world: World, minutes: float = 14, **facts: Any) -> Ticket:
    how: dict[str, Any] = {
        "danger": "gas_in",
        "urgent": True,
        "urgent_reason": "kaçak, bodrum",
        "description": "Bodrumdan gaz kokusu geliyor",
        "now": timezone.now() - timedelta(minutes=minutes),
    }
    return world.open(**how | facts)


def bar(client: Client) -> list[dict[str, Any]]:
    dangers: list[dict[str, Any]] = client.get(BELL).json()["dangers"]
    return dangers


def page(client: Client, ticket: Ticket) -> str:
    return client.get(f"/admin/tickets/ticket/{ticket.pk}/change/").content.decode()


def queue(client: Client, **query: str) -> str:
    return client.get("/admin/tickets/ticket/", query).content.decode()


def test_each_open_danger_stands_on_every_page_who_has_waited_longest_first(world: World) -> None:
    oldest = danger(world, 14, neighbourhood=world.mahalle)
    danger(world, 2, danger="fire")
    first, second = bar(sign_in(world, "operator"))
    assert (first["name"], first["place"], first["reason"]) == ("evde gaz", "Alpaslan", "kaçak, bodrum")
    assert first["since"] == oldest.created_at.isoformat()
    assert (second["name"], second["place"]) == ("yangın", "yer bilinmiyor")


def test_whoever_cannot_call_or_was_not_warned_stands_before_who_waited_longer(world: World) -> None:
    danger(world, 14)
    helpless, unwarned = danger(world, 5), danger(world, 3)
    repeat_alert(ticket=helpless, now=timezone.now(), helpless=True)
    warning_undelivered(ticket=unwarned, now=timezone.now())
    rows = bar(sign_in(world, "operator"))
    assert [row["key"] for row in rows][:2] == [helpless.pk, unwarned.pk]
    assert [row["flag"] for row in rows] == [
        "112’yi arayamıyor ya da çıkamıyor", "Uyarımız vatandaşa ulaşmadı", "",
    ]  # fmt: skip


def test_words_address_and_number_are_shown_by_its_own_page_alone(world: World) -> None:
    danger(world, address="Güneş Sokak 21")
    shown = str(bar(sign_in(world, "operator")))
    for secret in ("Bodrumdan gaz kokusu", "Güneş Sokak", "+905321234567"):
        assert secret not in shown


def test_whoever_has_a_danger_sees_on_every_page_that_there_is_news_of_it(world: World) -> None:
    ticket = danger(world)
    acknowledge(ticket=ticket, actor=world.actor("operator"), now=timezone.now())
    operator = sign_in(world, "operator")
    assert bar(operator) == []
    repeat_alert(ticket=ticket, now=timezone.now() + timedelta(minutes=1))
    [row] = bar(operator)
    assert (row["flag"], row["claim"]) == ("Sizde: yeni haber var", "")


def test_112_is_told_all_that_the_citizen_wrote_and_every_danger(world: World) -> None:
    ticket = danger(world, description="Evde gaz kokusu var", address="12. Sokak 5")
    report_danger(ticket=ticket, kind="unconscious", now=timezone.now(), restricted=False)
    repeat_alert(ticket=ticket, now=timezone.now(), helpless=True)
    shown = page(sign_in(world, "operator"), ticket)
    assert "Ne: evde gaz; bilinci kapalı" in shown
    assert "Bildiren 112’yi arayamıyor ya da çıkamıyor." in shown
    assert "Yer: 12. Sokak 5" in shown
    assert "Evde gaz kokusu var</pre>" in shown


def test_what_the_citizen_says_became_of_it_stands_in_its_head(world: World) -> None:
    ticket = danger(world, danger="lost_child")
    note_news(ticket=ticket, news=News.FOUND, now=timezone.now())
    assert "Vatandaş bulunduğunu yazdı, " in page(sign_in(world, "operator"), ticket)


def test_its_page_says_why_nobody_was_reached_until_somebody_has_it(world: World, settings: Settings) -> None:
    settings.NOTICES_BY_EMAIL, settings.RING_URL = False, ""
    ticket = danger(world)
    alert_staff(now=timezone.now())
    client = sign_in(world, "operator")
    shown = page(client, ticket)
    for words in (
        "Hiçbir görevliye ulaşmadı. E-posta ayarlı değil",
        "Arama geçidi yok",
        "Nöbet çizelgesi şu an boş",
    ):
        assert words in shown
    client.post(f"/admin/bildirimler/{ticket.pk}/ustlen/")
    assert "Hiçbir görevliye ulaşmadı. " not in page(client, ticket)


def test_of_a_restricted_one_only_that_it_is_there_and_since_when(world: World) -> None:
    ticket = danger(world, danger="despair", restricted=True, neighbourhood=world.mahalle)
    [row] = bar(sign_in(world, "supervisor"))
    assert (row["name"], row["place"], row["reason"]) == (f"Gizli acil bildirim {ticket.number}", "", "")
    assert bar(sign_in(world, "operator")) == []


def test_an_unsure_one_says_so(world: World) -> None:
    danger(world, danger_unsure=True)
    assert bar(sign_in(world, "operator"))[0]["name"] == "evde gaz (belirsiz)"


@pytest.mark.parametrize(
    ("username", "sees"),
    [("operator", True), ("supervisor", True), ("admin", True), ("head_fen", True), ("crew_fen", True),
     ("head_park", False), ("dpo", False), ("roleless", False)],
)  # fmt: skip
def test_it_stands_on_the_pages_of_those_who_may_act(world: World, username: str, *, sees: bool) -> None:
    danger(world, department=world.fen)
    response = sign_in(world, username).get(BELL)
    assert bool(response.json()["dangers"]) is sees


def test_whoever_is_on_duty_acts_on_all(world: World) -> None:
    danger(world, department=world.fen)
    now = timezone.now()
    DutyShift.objects.create(
        user=world.user("head_park"), starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=1)
    )
    assert len(bar(sign_in(world, "head_park"))) == 1


def test_one_press_claims_it_for_everybody_and_opens_it(world: World) -> None:
    ticket = danger(world)
    operator, other = sign_in(world, "operator"), sign_in(world, "supervisor")
    answer = operator.post(bar(operator)[0]["claim"])
    assert answer.headers["Location"] == f"/admin/tickets/ticket/{ticket.pk}/change/#ustlenildi"
    assert bar(operator) == []
    [held] = bar(other)
    assert (held["holder"], held["claim"]) == ("operator", "")  # all are told who has it
    ticket.refresh_from_db()
    assert ticket.claimed_by == world.user("operator")


def test_a_second_claim_says_who_has_it(world: World) -> None:
    ticket = danger(world)
    acknowledge(ticket=ticket, actor=world.actor("operator"), now=timezone.now())
    supervisor = sign_in(world, "supervisor")
    answer = supervisor.post(f"/admin/bildirimler/{ticket.pk}/ustlen/", follow=True)
    assert re.search(r"operator sizden \d+ sn önce üstlendi", answer.content.decode())


def test_moving_the_ticket_does_not_take_it_from_the_pages(world: World) -> None:
    world.move(danger(world), Status.ASSIGNED, department=world.fen)
    assert len(bar(sign_in(world, "operator"))) == 1


def test_urgent_work_stands_there_for_those_who_were_told_until_a_person_moves_it(world: World) -> None:
    ticket = world.open(urgent=True, urgent_reason="buzlanma", now=timezone.now())
    supervisor = sign_in(world, "supervisor")
    assert bar(supervisor) == []
    ring(world.user("supervisor"), ticket, timezone.now())
    assert [row["name"] for row in bar(supervisor)] == ["acil iş: buzlanma"]
    world.move(ticket, Status.ASSIGNED, department=world.fen, now=timezone.now())
    assert bar(supervisor) == []


def test_the_head_of_its_page_says_kind_reason_and_how_long_in_minutes(world: World) -> None:
    text = page(sign_in(world, "operator"), danger(world))
    for said in (
        "evde gaz",
        "Can tehlikesi",
        "neden: kaçak, bodrum",
        "14 dk</span> oldu, hedef 5 dk",
        "Üstleniyorum",
    ):
        assert said in text


def test_a_danger_has_no_green_date_and_no_target_day(world: World) -> None:
    ticket = danger(world, department=world.fen)
    operator = sign_in(world, "operator")
    for text in (page(operator, ticket), queue(operator)):
        assert " kaldı<" not in text
        assert "badge fine" not in text
        assert "clock fine" not in text
        assert "Yasal süre:" not in text


def test_claimed_it_says_by_whom_and_the_claimer_lets_it_go_with_a_reason(world: World) -> None:
    ticket = danger(world)
    operator = sign_in(world, "operator")
    acknowledge(ticket=ticket, actor=world.actor("operator"), now=timezone.now())
    text = page(operator, ticket)
    assert "<b>operator</b> üstlendi" in text
    assert "Bırak" in text
    operator.post(f"/admin/tickets/ticket/{ticket.pk}/release/", {"reason": "Nöbetim bitti"})
    ticket.refresh_from_db()
    assert ticket.claimed_by is None
    assert len(bar(operator)) == 1


def test_another_operator_cannot_let_it_go(world: World) -> None:
    ticket = danger(world)
    acknowledge(ticket=ticket, actor=world.actor("supervisor"), now=timezone.now())
    operator = sign_in(world, "operator")
    assert "Bırak" not in page(operator, ticket)
    answer = operator.post(f"/admin/tickets/ticket/{ticket.pk}/release/", {"reason": "x"})
    assert answer.status_code == 403


def test_what_to_tell_112_has_place_kind_time_and_words(world: World) -> None:
    ticket = danger(
        world,
        neighbourhood=world.mahalle,
        address="Güneş Sokak 21",
        point=Point(38.7402, 35.4991),
        location_source=LocationSource.PIN,
    )
    text = page(sign_in(world, "operator"), ticket)
    told = text.partition('<pre id="danger-text"')[2].partition("</pre>")[0]
    for said in (
        "evde gaz",
        "Güneş Sokak 21, Alpaslan Mahallesi, 38.74020, 35.49910",
        "Bodrumdan gaz kokusu",
    ):
        assert said in told


@pytest.mark.parametrize(("username", "sees"), [("operator", False), ("supervisor", True)])
def test_the_telephone_is_in_it_for_those_who_see_telephones(
    world: World, username: str, *, sees: bool
) -> None:
    text = page(sign_in(world, username), danger(world))
    told = text.partition('<pre id="danger-text"')[2].partition("</pre>")[0]
    assert ("+905321234567" in told) is sees
    assert ("numarayı aç" in told) is not sees


def test_a_number_that_one_has_opened_stays_in_it_after_a_tick_and_for_nobody_else(world: World) -> None:
    ticket = danger(world)
    operator = sign_in(world, "operator")
    operator.post(f"/admin/tickets/ticket/{ticket.pk}/phone/")
    operator.post(f"/admin/bildirimler/{ticket.pk}/isaretle/", {"step": "112", "done": "1"})
    assert "+905321234567" in page(operator, ticket)
    give_role(world.user("roleless"), Role.OPERATOR)
    assert "+905321234567" not in page(sign_in(world, "roleless"), ticket)


def test_every_kind_has_advice_for_staff() -> None:
    for key in kinds():
        found = advice_for(key)
        assert found.do
        assert all(len(line) < 200 for line in (*found.do, *found.never))
    assert advice_for("") == advice_for("other")


def test_a_danger_that_is_over_keeps_its_name_and_loses_its_acts(world: World) -> None:
    ticket = danger(world, department=world.fen)
    world.move(ticket, Status.CANCELLED, reason="Başvuru geri alındı", now=timezone.now())
    text = page(sign_in(world, "supervisor"), ticket)
    assert "evde gaz" in text
    assert "danger-text" not in text
    assert "data-claim-danger" not in text


@pytest.mark.parametrize("order", ["yeni", "eski", "sure"])
def test_dangers_stand_first_in_the_queue_the_newest_on_top(world: World, order: str) -> None:
    old, new = danger(world, 30), danger(world, 10)
    others = [world.open(now=timezone.now() - timedelta(minutes=age)) for age in (1, 20, 60)]
    text = queue(sign_in(world, "operator"), order=order)
    places = [text.index(f'data-row="{ticket.pk}"') for ticket in (new, old, *others)]
    assert places[0] < places[1] < min(places[2:])
    assert text.count('class="danger') == 2


def test_dangers_are_on_the_first_page_of_the_queue_alone(world: World) -> None:
    ticket = danger(world, 60)
    for _ in range(51):
        world.open(now=timezone.now())
    operator = sign_in(world, "operator")
    first = operator.get("/admin/tickets/ticket/")
    assert f'data-row="{ticket.pk}"' in first.content.decode()
    second = operator.get("/admin/tickets/ticket/" + first.context["next"])
    assert f'data-row="{ticket.pk}"' not in second.content.decode()
    back = operator.get("/admin/tickets/ticket/" + second.context["previous"])
    assert f'data-row="{ticket.pk}"' in back.content.decode()


def test_what_a_colleague_claimed_is_shown_below_those_that_nobody_has(world: World) -> None:
    claimed, waiting = danger(world, 20), danger(world, 2)
    acknowledge(ticket=claimed, actor=world.actor("supervisor"), now=timezone.now())
    assert [row["key"] for row in bar(sign_in(world, "operator"))] == [waiting.pk, claimed.pk]


def test_each_step_is_ticked_with_name_and_time_and_taken_back(world: World) -> None:
    ticket = danger(world)
    operator = sign_in(world, "operator")
    at = f"/admin/bildirimler/{ticket.pk}/isaretle/"
    operator.post(at, {"step": "112", "done": "1"})
    shown = re.sub(r"\s+", " ", page(operator, ticket))
    assert re.search(
        r'aria-checked="true"[^>]*>(?:(?!</button>).)*112 arandı(?:(?!</button>).)*operator \d\d\.\d\d', shown
    )
    operator.post(at, {"step": "112", "done": "0"})
    assert 'aria-checked="true"' not in page(operator, ticket)
    assert [event.note for event in ticket.events.filter(kind="note").order_by("id")] == [
        "112 arandı",
        "İşaret geri alındı: 112 arandı",
    ]


@pytest.mark.parametrize("step", ["", "999"])
def test_there_is_no_other_step(world: World, step: str) -> None:
    answer = sign_in(world, "operator").post(
        f"/admin/bildirimler/{danger(world).pk}/isaretle/", {"step": step}
    )
    assert answer.status_code == 404


def test_that_112_s_words_were_copied_is_kept_with_its_legal_ground(world: World) -> None:
    ticket = danger(world)
    sign_in(world, "operator").post(f"/admin/bildirimler/{ticket.pk}/kopyalandi/")
    event = ticket.events.latest("id")
    assert (event.actor, event.note) == (
        world.user("operator"), "112 için bilgi kopyalandı. Dayanak: hayatın korunması, KVKK m. 5/2-b.",
    )  # fmt: skip
