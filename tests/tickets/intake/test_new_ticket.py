"""The page for new requests by telephone or at the desk."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from departments.models import Category
from departments.working_time.working_hours import ISTANBUL
from tests.tickets.duty import on_duty
from tests.tickets.world import NOW, World, here, sign_in
from tickets.casework.assigning import assign
from tickets.casework.opening import Report
from tickets.danger.ringing import alert_staff
from tickets.danger.services import acknowledge
from tickets.intake.services import Caller, take_request
from tickets.models import Access, Citizen, Kind, LocationSource, Notification, Source, Ticket, TicketEvent
from tickets.record.statuses import Status
from tickets.record.workflow import NotAllowed

PAGE = "/admin/yeni/"


@pytest.fixture
def clerk(world: World) -> Client:
    return sign_in(world, "operator")


def fill(world: World, **changes: Any) -> dict[str, Any]:
    facts = {
        "channel": "telefon",
        "phone": "0533 111 22 33",
        "name": "Mehmet Kaya",
        "description": "Sokağımızda çukur var",
        "neighbourhood": world.mahalle.pk,
        "address": "Gül Sokak 4",
        "pin": "",
        "kind": "sikayet",
        "category": world.pothole.pk,
        "same_as": "",
    }
    return facts | changes


def report(**changes: Any) -> Report:
    facts: dict[str, Any] = {"channel": Source.TELEFON, "kind": Kind.SIKAYET, "description": "Çukur"}
    return Report(**facts | changes)


def take(world: World, by: str = "operator", **more: Any) -> Ticket:
    how: dict[str, Any] = {"report": report(), "caller": Caller(), "actor": world.actor(by), "now": NOW}
    return take_request(**how | more)


def test_the_ticket_says_which_way_it_came_where_it_is_and_whose_it_is(world: World, clerk: Client) -> None:
    response = clerk.post(PAGE, fill(world))
    ticket = Ticket.objects.get()
    assert response.headers["Location"] == f"/admin/tickets/ticket/{ticket.pk}/change/"
    assert (ticket.channel, ticket.category, ticket.department) == ("telefon", world.pothole, world.fen)
    assert (ticket.neighbourhood, ticket.address) == (world.mahalle, "Gül Sokak 4")
    assert ticket.location_source == LocationSource.STAFF
    assert ticket.citizen == Citizen.objects.get(name="Mehmet Kaya", phone="+905331112233")
    assert ticket.status == Status.ASSIGNED


NOT_BY_HAND = (Source.WHATSAPP, Source.API)


@pytest.mark.parametrize("source", [source for source in Source if source not in NOT_BY_HAND])
def test_every_channel_that_people_bring_can_be_taken_down(
    world: World, clerk: Client, source: Source
) -> None:
    clerk.post(PAGE, fill(world, channel=source.value))
    assert Ticket.objects.get().channel == source


@pytest.mark.parametrize("source", NOT_BY_HAND)
def test_a_ticket_cannot_be_taken_down_as_if_it_came_by_a_machine(
    world: World, clerk: Client, source: Source
) -> None:
    clerk.post(PAGE, fill(world, channel=source.value))
    assert not Ticket.objects.exists()


def test_who_called_before_is_found_by_the_number_and_keeps_the_name(world: World) -> None:
    ticket = take(world, caller=Caller("Bir başkası", world.citizen.phone or ""))
    assert ticket.citizen == world.citizen
    world.citizen.refresh_from_db()
    assert world.citizen.name == "Ayşe Yılmaz"


def test_a_name_that_was_missing_is_learned(world: World) -> None:
    unnamed = Citizen.objects.create(phone="+905331112233")
    take(world, caller=Caller("Mehmet Kaya", "+905331112233"))
    unnamed.refresh_from_db()
    assert unnamed.name == "Mehmet Kaya"


def test_somebody_may_stay_unnamed(world: World) -> None:
    assert take(world, caller=Caller()).citizen is None


def test_the_citizen_on_the_telephone_is_not_written_to(world: World) -> None:
    take(world, caller=Caller("Mehmet Kaya", "+905331112233"))
    assert not TicketEvent.objects.filter(announce=True).exists()


def test_what_is_urgent_waits_for_a_person(world: World) -> None:
    ticket = take(world, report=report(category=world.pothole, department=world.fen, urgent=True))
    assert ticket.status == Status.NEW


def test_the_same_matter_becomes_a_duplicate_at_once(world: World, clerk: Client) -> None:
    original = world.assigned()
    clerk.post(PAGE, fill(world, same_as=original.number))
    ticket = Ticket.objects.latest("pk")
    assert (ticket.status, ticket.duplicate_of) == (Status.DUPLICATE, original)


def test_a_duplicate_of_what_the_clerk_does_not_see_opens_nothing(world: World, clerk: Client) -> None:
    hidden = world.open(category=world.misconduct)
    page = clerk.post(PAGE, fill(world, same_as=hidden.number))
    assert page.status_code == 200
    assert Ticket.objects.count() == 1


def test_a_restricted_ticket_is_taken_down_though_the_clerk_does_not_see_it_again(
    world: World, clerk: Client
) -> None:
    response = clerk.post(PAGE, fill(world, category=world.misconduct.pk))
    assert Ticket.objects.get().category == world.misconduct
    assert response.headers["Location"] == PAGE


@pytest.mark.parametrize("by", ["head_fen", "crew_fen", "dpo", "roleless"])
def test_only_the_call_centre_takes_requests_down(world: World, by: str) -> None:
    with pytest.raises(NotAllowed):
        take(world, by)
    assert not Ticket.objects.exists()
    assert sign_in(world, by).get(PAGE).status_code == 403


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("38,7212 35,4892", (38.7212, 35.4892)),
        ("38.7212, 35.4892", (38.7212, 35.4892)),
        ("38.7212,35.4892", (38.7212, 35.4892)),
    ],
)
def test_a_pin_is_read_however_maps_write_it(
    world: World, clerk: Client, written: str, found: tuple[float, float]
) -> None:
    clerk.post(PAGE, fill(world, pin=written))
    ticket = Ticket.objects.get()
    assert (ticket.lat, ticket.lon) == found


@pytest.mark.parametrize("name", ["phone", "pin"])
def test_what_cannot_be_read_is_named_and_nothing_is_lost(world: World, clerk: Client, name: str) -> None:
    page = clerk.post(PAGE, fill(world, **{name: "şurası"}))
    assert not Ticket.objects.exists()
    assert "Örneğin:" in page.content.decode()
    assert "Sokağımızda çukur var" in page.content.decode()


def test_the_router_is_asked_while_the_clerk_types(world: World, clerk: Client) -> None:
    Category.objects.create(
        code="genel_bilgi", name="Bilgi", department=world.fen, parent=world.pothole.parent
    )
    page = clerk.post(f"{PAGE}oneri/", fill(world, category="", description="yolda büyük çukur var"))
    assert "Çukur" in page.content.decode()
    assert "Fen İşleri" in page.content.decode()


def test_open_tickets_of_the_same_mahalle_and_category_are_shown(world: World, clerk: Client) -> None:
    open_one = world.assigned(neighbourhood=world.mahalle)
    ended = world.resolved(neighbourhood=world.mahalle)
    shown = clerk.post(f"{PAGE}oneri/", fill(world)).content.decode()
    assert open_one.number in shown
    assert ended.number not in shown


def test_open_tickets_near_the_pin_are_shown(world: World, clerk: Client) -> None:
    near = world.assigned(point=here(), now=timezone.now())
    shown = clerk.post(f"{PAGE}oneri/", fill(world, neighbourhood="", pin=f"{here().lat} {here().lon}"))
    assert near.number in shown.content.decode()


def test_the_caller_is_named_with_the_tickets_that_the_clerk_may_see(world: World, clerk: Client) -> None:
    seen, hidden = world.assigned(), world.open(category=world.misconduct)
    shown = clerk.post(f"{PAGE}arayan/", fill(world, phone="0532 123 45 67")).content.decode()
    assert "Ayşe Yılmaz" in shown
    assert seen.number in shown
    assert hidden.number not in shown


def test_somebody_with_a_restricted_ticket_is_answered_as_who_calls_for_the_first_time(
    world: World, clerk: Client
) -> None:
    world.open(restricted=True, danger="violence", urgent=True)
    known = clerk.post(f"{PAGE}arayan/", fill(world, phone="0532 123 45 67")).content
    unknown = clerk.post(f"{PAGE}arayan/", fill(world, phone="0532 999 88 77")).content
    assert known == unknown
    clerk.post(PAGE, fill(world, phone="0532 123 45 67", name="Ayşe"))
    assert Ticket.objects.latest("id").citizen == world.citizen


def test_the_caller_is_found_by_the_last_four_digits_among_those_one_may_see(
    world: World, clerk: Client
) -> None:
    world.assigned()
    hidden = Citizen.objects.create(name="Gizli Kişi", phone="+905330004567")
    world.open(citizen=hidden, category=world.misconduct)
    shown = clerk.post(f"{PAGE}arayan/", fill(world, phone="4567")).content.decode()
    assert "Ayşe Yılmaz" in shown
    assert "+90 5** *** ** 67" in shown
    assert "Gizli Kişi" not in shown
    assert Access.objects.get(what="searched").citizens == [world.citizen.pk]


def test_whoever_was_recognised_by_four_digits_is_the_citizen(world: World, clerk: Client) -> None:
    world.assigned()
    clerk.post(PAGE, fill(world, phone="4567", known=world.citizen.pk))
    assert Ticket.objects.latest("pk").citizen == world.citizen


def test_four_digits_of_nobody_who_was_recognised_are_no_number(world: World, clerk: Client) -> None:
    page = clerk.post(PAGE, fill(world, phone="4567"))
    assert "sağdan seçin" in page.content.decode()
    assert not Ticket.objects.exists()


def test_nobody_is_recognised_who_may_not_be_seen(world: World, clerk: Client) -> None:
    hidden = Citizen.objects.create(name="Gizli Kişi", phone="+905330004567")
    world.open(citizen=hidden, category=world.misconduct)
    clerk.post(PAGE, fill(world, phone="4567", known=hidden.pk))
    assert Ticket.objects.count() == 1


def test_what_is_said_of_an_own_open_ticket_is_added_to_it(world: World, clerk: Client) -> None:
    own = world.assigned()
    sent = fill(world, phone="0532 123 45 67", description="Çukur büyüdü", same_as=own.number)
    response = clerk.post(PAGE, sent)
    own.refresh_from_db()
    assert Ticket.objects.count() == 1
    assert own.description.endswith("Çukur büyüdü")
    assert own.address == "Gül Sokak 4"
    assert response.headers["Location"] == f"/admin/tickets/ticket/{own.pk}/change/"


def test_own_open_tickets_are_offered_to_be_added_to_and_ended_ones_are_not(
    world: World, clerk: Client
) -> None:
    open_one, ended = world.assigned(), world.resolved()
    shown = clerk.post(f"{PAGE}arayan/", fill(world, phone="0532 123 45 67")).content.decode()
    assert f'name="same" value="{open_one.number}"' in shown
    assert ended.number in shown
    assert f'name="same" value="{ended.number}"' not in shown


def test_the_mahalle_is_read_out_of_the_words(world: World, clerk: Client) -> None:
    clerk.post(PAGE, fill(world, neighbourhood="", description="Alpaslan mahallesinde çukur var"))
    assert Ticket.objects.get().neighbourhood == world.mahalle


def test_a_mistake_stands_at_its_field(world: World, clerk: Client) -> None:
    page = clerk.post(PAGE, fill(world, phone="05")).content.decode()
    field = page[page.index('name="phone"') :]
    assert 'aria-describedby="id_phone_error"' in field[: field.index(">")]
    assert 'id="id_phone_error"' in page


def test_the_clock_of_the_house_counts_from_the_call(world: World) -> None:
    assert take(world).created_at.astimezone(ISTANBUL) == NOW


FIRE = "Evimiz yanıyor, alevler çatıya çıktı, içeriden duman geliyor"


def rings_for(world: World, ticket: Ticket) -> list[str]:
    on_duty(world, "operator")
    alert_staff(now=NOW)
    rows = Notification.objects.filter(ticket=ticket, kind=Notification.Kind.DANGER)
    return sorted(rows.values_list("user__username", flat=True))


def test_a_fire_that_the_clerk_marks_is_a_danger_of_its_kind_and_rings(world: World, clerk: Client) -> None:
    clerk.post(PAGE, fill(world, category="", description=FIRE, urgent="on"))
    ticket = Ticket.objects.get()
    assert (ticket.danger, ticket.danger_unsure, ticket.status) == ("fire", False, Status.NEW)
    assert rings_for(world, ticket) == ["operator"]


def test_a_fire_that_the_clerk_overlooks_is_marked_as_a_possible_danger(world: World, clerk: Client) -> None:
    clerk.post(PAGE, fill(world, category="", description=FIRE))
    ticket = Ticket.objects.get()
    assert (ticket.danger, ticket.danger_unsure) == ("fire", True)
    assert rings_for(world, ticket) == ["operator"]


def test_the_kind_that_the_clerk_chooses_counts_more_than_the_words(world: World, clerk: Client) -> None:
    clerk.post(PAGE, fill(world, description=FIRE, danger="gas_in"))
    assert Ticket.objects.get().danger == "gas_in"


def test_what_the_clerk_calls_urgent_work_is_no_danger(world: World, clerk: Client) -> None:
    clerk.post(PAGE, fill(world, description=FIRE, danger="work"))
    ticket = Ticket.objects.get()
    assert (ticket.urgent, ticket.danger, ticket.danger_unsure) == (True, "", False)


def test_a_danger_that_no_words_name_is_a_danger_all_the_same(world: World, clerk: Client) -> None:
    clerk.post(PAGE, fill(world, description="Bankın boyası soyulmuş", urgent="on"))
    assert Ticket.objects.get().danger == "other"


def test_violence_told_by_telephone_is_restricted_and_goes_to_no_department(
    world: World, clerk: Client
) -> None:
    clerk.post(PAGE, fill(world, description="Kocam beni dövüyor", urgent="on"))
    ticket = Ticket.objects.get()
    assert (ticket.danger, ticket.restricted, ticket.department) == ("violence", True, None)


def test_the_clerk_reads_what_danger_the_words_tell_of(world: World, clerk: Client) -> None:
    Category.objects.create(
        code="genel_bilgi", name="Bilgi", department=world.fen, parent=world.pothole.parent
    )
    shown = clerk.post(f"{PAGE}oneri/", fill(world, category="", description=FIRE)).content.decode()
    assert 'data-danger="yangın"' in shown


@pytest.mark.parametrize("own", [True, False])
def test_a_danger_is_a_ticket_of_its_own_that_rings_whatever_it_is_said_to_be_the_same_as(
    world: World, clerk: Client, own: bool
) -> None:
    first = world.assigned()
    phone = "0532 123 45 67" if own else "0533 111 22 33"
    page = clerk.post(
        PAGE, fill(world, phone=phone, description=FIRE, urgent="on", same_as=first.number), follow=True
    )
    ticket = Ticket.objects.latest("pk")
    assert (ticket.status, ticket.danger) == (Status.NEW, "fire")
    assert rings_for(world, ticket) == ["operator"]
    assert "Acil olduğu için ayrı başvuru açıldı" in page.content.decode()
    assert first.number in ticket.events.get(kind=TicketEvent.Kind.NOTE).note


def test_place_and_number_told_of_an_own_ticket_are_kept_with_it(world: World, clerk: Client) -> None:
    own = world.assigned()
    clerk.post(
        PAGE,
        fill(
            world,
            phone="0532 123 45 67",
            same_as=own.number,
            pin="38,7212 35,4892",
            registry_number="E-17",
        ),
    )
    own.refresh_from_db()
    assert (own.lat, own.address, own.neighbourhood) == (38.7212, "Gül Sokak 4", world.mahalle)
    assert own.registry_number == "E-17"


@pytest.mark.parametrize("field", ["category", "registry_number"])
def test_what_would_be_lost_with_an_own_ticket_is_refused_at_its_field(
    world: World, clerk: Client, field: str
) -> None:
    own = world.assigned(registry_number="E-17")
    other = Category.objects.create(
        code="yol_kaldirim", name="Kaldırım", department=world.fen, parent=world.pothole.parent
    )
    changes = {"category": other.pk} if field == "category" else {"registry_number": "E-18"}
    page = clerk.post(PAGE, fill(world, phone="0532 123 45 67", same_as=own.number, **changes))
    assert field in page.context["form"].errors
    own.refresh_from_db()
    assert own.description == "Okulun önünde çukur var"


def test_an_own_ticket_without_a_subject_gets_the_one_that_the_clerk_names(
    world: World, clerk: Client
) -> None:
    own = world.open(category=None)
    clerk.post(PAGE, fill(world, phone="0532 123 45 67", same_as=own.number))
    own.refresh_from_db()
    assert own.category == world.pothole


def test_an_answer_by_telephone_ends_the_wait_for_the_citizen(world: World, clerk: Client) -> None:
    own = world.move(world.assigned(), Status.WAITING, answer="Hangi kapı?")
    clerk.post(PAGE, fill(world, phone="0532 123 45 67", same_as=own.number, description="Yeşil kapı"))
    own.refresh_from_db()
    assert own.status == Status.ASSIGNED
    assert own.events.latest("pk").note == ""


@pytest.mark.parametrize(("given_to", "told"), [("crew_fen", "crew_fen"), (None, "head_fen")])
def test_those_who_work_on_a_ticket_hear_what_its_citizen_adds_by_telephone(
    world: World, clerk: Client, given_to: str | None, told: str
) -> None:
    own = world.assigned()
    if given_to:
        assign(ticket=own, actor=world.actor("head_fen"), now=NOW, assignee=world.user(given_to))
    clerk.post(PAGE, fill(world, phone="0532 123 45 67", same_as=own.number))
    assert [each.user.username for each in Notification.objects.filter(kind="added")] == [told]


def test_what_is_added_to_an_own_danger_rings_for_whoever_has_it(world: World, clerk: Client) -> None:
    own = world.open(danger="fire", urgent=True)
    acknowledge(ticket=own, actor=world.actor("supervisor"), now=NOW)
    clerk.post(PAGE, fill(world, phone="0532 123 45 67", same_as=own.number, category=""))
    assert Notification.objects.get(ticket=own, kind="danger").user.username == "supervisor"


@pytest.mark.parametrize("same", [True, False])
def test_a_form_that_is_sent_twice_counts_once_and_tells_the_same_number(
    world: World, clerk: Client, same: bool
) -> None:
    own = world.assigned()
    sent = fill(world, phone="0532 123 45 67", once=str(uuid4()), same_as=own.number if same else "")
    first, second = clerk.post(PAGE, sent), clerk.post(PAGE, sent)
    assert Ticket.objects.count() == (1 if same else 2)
    assert first.headers["Location"] == second.headers["Location"]
    own.refresh_from_db()
    assert own.description.count("Sokağımızda çukur var") == int(same)


def test_a_form_that_was_changed_since_is_another_call(world: World, clerk: Client) -> None:
    key = str(uuid4())
    clerk.post(PAGE, fill(world, once=key))
    clerk.post(PAGE, fill(world, once=key, description="Lamba da yanmıyor"))
    assert Ticket.objects.count() == 2


def test_the_form_carries_a_key_of_its_own_each_time(world: World, clerk: Client) -> None:
    keys = {re.search(r'name="once" value="([^"]+)"', clerk.get(PAGE).content.decode()) for _ in range(2)}
    assert len({found and found[1] for found in keys}) == 2


def test_of_many_with_the_same_last_digits_the_name_finds_the_right_one(world: World, clerk: Client) -> None:
    right = Citizen.objects.create(name="Işıl Kaya", phone="+905310014567")
    world.open(citizen=right)
    for number in range(9):
        world.open(citizen=Citizen.objects.create(name=f"Kişi {number}", phone=f"+90532000{number}4567"))
    shown = clerk.post(f"{PAGE}arayan/", fill(world, phone="4567", name="")).content.decode()
    assert "Işıl Kaya" not in shown
    assert "4 kişi daha: adını yazın" in shown
    narrowed = clerk.post(f"{PAGE}arayan/", fill(world, phone="4567", name="isil")).content.decode()
    assert "Işıl Kaya" in narrowed
    assert "Kişi 1" not in narrowed


def test_of_an_unsure_proposal_no_key_is_told(world: World, clerk: Client) -> None:
    Category.objects.create(
        code="genel_bilgi", name="Bilgi", department=world.fen, parent=world.pothole.parent
    )
    shown = clerk.post(f"{PAGE}oneri/", fill(world, category="", description="Merhaba")).content.decode()
    assert "Öneriyi al" in shown
    assert "F2" not in shown
    assert "data-sure" not in shown
