"""The back office in the browser."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from typing_extensions import override

from departments.common import cache
from departments.models import Artery, Neighbourhood
from departments.places.points import Point
from tests.attachments import attach_file
from tests.tickets.world import NOW, World, here
from tickets.casework.descriptions import describe
from tickets.casework.notes import add_note
from tickets.files.storage import StoredFile
from tickets.models import Attachment, Ticket
from tickets.record import channel
from tickets.record.channel import ChannelMessage
from tickets.record.permissions import Actor
from tickets.record.statuses import Status

LIST = "/admin/tickets/ticket/"
SignIn = Callable[[str], Client]


@pytest.fixture
def desk(world: World) -> SignIn:
    def sign_in(username: str) -> Client:
        client = Client()
        client.force_login(world.user(username))
        return client

    return sign_in


def page(client: Client, ticket: Ticket) -> str:
    response = client.get(f"{LIST}{ticket.pk}/change/")
    assert response.status_code == 200
    return response.content.decode()


def offered(html: str) -> set[str]:
    """The moves that the page has forms for."""
    return set(re.findall(r'name="to" value="(\w+)"', html))


def post(client: Client, ticket: Ticket, name: str, **data: Any) -> list[str]:
    """Sends one of the page's forms; the sentences shown afterwards, what was done first."""
    response = client.post(f"{LIST}{ticket.pk}/{name}/", {"version": ticket.version} | data)
    assert response.status_code == 302
    done = client.get("/admin/geri-al/").json()
    said = [str(message) for message in get_messages(response.wsgi_request)]
    return [done["title"], *said] if done else said


def refused(client: Client, ticket: Ticket, name: str, **data: Any) -> tuple[int, str]:
    """Sends a form that comes back: the status, and why."""
    response = client.post(f"{LIST}{ticket.pk}/{name}/", {"version": ticket.version} | data)
    return response.status_code, response.content.decode().split('id="refusal"')[1].split("</div>")[0]


SEES = {
    "admin": {"new", "fen", "restricted"},
    "supervisor": {"new", "fen", "restricted"},
    "dpo": {"new", "fen", "restricted"},
    "operator": {"new", "fen"},
    "head_fen": {"fen", "restricted"},
    "crew_fen": {"fen"},
    "head_park": set(),
}


@pytest.mark.slow
@pytest.mark.parametrize("who", SEES)
def test_list_page_and_forms_are_there_only_for_what_the_role_may_see(
    world: World, desk: SignIn, who: str
) -> None:
    tickets = {
        "new": world.open(),
        "fen": world.assigned(),
        "restricted": world.assigned(category=world.misconduct),
    }
    client = desk(who)
    listed = client.get(LIST).content.decode()
    for name, ticket in tickets.items():
        seen = name in SEES[who]
        assert (ticket.number in listed) == seen
        assert (client.get(f"{LIST}{ticket.pk}/change/").status_code == 200) == seen
        for form in ("move", "note", "assign"):
            assert client.post(f"{LIST}{ticket.pk}/{form}/").status_code == (400 if seen else 404)
    assert set(Ticket.objects.values_list("version", flat=True)) == {1}


def test_staff_without_a_role_are_kept_out(world: World, desk: SignIn) -> None:
    ticket = world.assigned()
    assert desk("roleless").get(LIST).status_code == 403
    assert desk("roleless").post(f"{LIST}{ticket.pk}/note/", {"text": "x", "version": 1}).status_code == 403


@pytest.mark.parametrize(
    ("who", "moves"),
    [
        ("supervisor", set(Status) - {Status.CLOSED, Status.ASSIGNED}),
        # That it goes to another department is said by the form that assigns.
        ("operator", {"NEW", "WAITING", "REJECTED", "REDIRECTED", "DUPLICATE", "CANCELLED"}),
        ("head_fen", {"NEW", "IN_PROGRESS", "PLANNED", "WAITING", "REVIEW", "RESOLVED", "REJECTED"}),
        ("crew_fen", {"NEW", "IN_PROGRESS", "PLANNED", "WAITING", "REVIEW", "RESOLVED"}),
        ("dpo", set()),
    ],
)
def test_the_page_offers_the_moves_that_the_workflow_gives_the_role(
    world: World, desk: SignIn, who: str, moves: set[str]
) -> None:
    assert offered(page(desk(who), world.assigned())) == moves


def test_the_personal_data_officer_finds_nothing_to_write_with(world: World, desk: SignIn) -> None:
    html = page(desk("dpo"), world.assigned())
    assert "Not ekle" not in html
    assert "data-step" not in html
    assert "<textarea" not in html


def test_a_move_from_the_page_is_the_services_move(world: World, desk: SignIn) -> None:
    ticket = world.assigned()
    said = post(desk("head_fen"), ticket, "move", to="RESOLVED", answer="Çukur kapatıldı.", note="asfalt")
    ticket.refresh_from_db()
    assert (ticket.status, said) == ("RESOLVED", ["MG-2026-000001: Çözüldü."])
    assert ticket.events.filter(
        actor=world.user("head_fen"), public_text="Çukur kapatıldı.", announce=True
    ).exists()


@pytest.mark.parametrize(
    ("data", "status", "sentence"),
    [
        ({"to": "RESOLVED"}, 400, "Vatandaşa gidecek metni yazın."),
        ({"to": "CLOSED"}, 409, "“Birime iletildi” durumundaki başvuru “Kapandı” durumuna alınamaz."),
        ({"to": "DUPLICATE", "duplicate_of": "MG-2026-000001"}, 403, "“Mükerrer” işlemi için yetkiniz yok."),
        ({"to": "PLANNED", "planned_for": "2020-01-01"}, 400, "Programa alındığı gün geçmişte olamaz."),
        ({"to": "DUPLICATE", "duplicate_of": "MG-2020-000001"}, 400, "Asıl başvuru bulunamadı."),
        ({"to": "RESOLVED", "answer": "Yapıldı.", "version": 7}, 409, "Başvuru siz bakarken değişti."),
        ({}, 400, "İşlem: Bu alan zorunlu."),
    ],
)
def test_a_refused_move_says_why_in_turkish_and_changes_nothing(
    world: World, desk: SignIn, data: dict[str, Any], status: int, sentence: str
) -> None:
    ticket = world.assigned()
    answered, said = refused(desk("head_fen"), ticket, "move", **data)
    assert (answered, sentence in said) == (status, True)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.version) == ("ASSIGNED", 1)


@pytest.mark.slow
def test_a_wrong_address_and_mahalle_are_put_right_and_the_old_pin_does_not_stay(
    world: World, desk: SignIn
) -> None:
    right = Neighbourhood.objects.create(
        code="kosk", name="Köşk", full_name="Köşk Mahallesi", lat=38.7, lon=35.6
    )
    ticket = world.assigned(
        neighbourhood=world.mahalle, address="Okul Sokak 3", point=Point(world.mahalle.lat, world.mahalle.lon)
    )
    client = desk("operator")
    assert "Adresi düzelt" in page(client, ticket)
    post(client, ticket, "address", neighbourhood="kosk", address="Çarşı Caddesi 7")
    ticket.refresh_from_db()
    assert (ticket.neighbourhood, ticket.address, ticket.lat) == (right, "Çarşı Caddesi 7", None)
    shown = page(client, ticket)
    assert "Köşk Mahallesi" in shown
    assert "Çarşı Caddesi 7" in shown
    post(client, ticket, "address", neighbourhood="kosk", address="")
    ticket.refresh_from_db()
    assert (ticket.neighbourhood, ticket.address) == (right, "")
    assert client.post(f"{LIST}{ticket.pk}/address/", {"version": ticket.version}).status_code == 400


def test_a_pin_in_the_mahalle_that_is_named_stays(world: World, desk: SignIn) -> None:
    pin = Point(world.mahalle.lat, world.mahalle.lon)
    ticket = world.assigned(address="yanlış", point=pin)
    post(desk("operator"), ticket, "address", neighbourhood=world.mahalle.code, address="doğru")
    ticket.refresh_from_db()
    assert (ticket.address, ticket.lat) == ("doğru", pin.lat)


def seen_on(ticket: Ticket) -> dict[str, int]:
    """What a page shows of it now: its version and the last entry."""
    ticket.refresh_from_db()
    return {"version": ticket.version, "seen": ticket.events.latest("id").pk}


def test_ones_own_note_and_moves_refuse_no_act_that_follows(world: World, desk: SignIn) -> None:
    ticket, client = world.assigned(), desk("head_fen")
    shown = seen_on(ticket)
    post(client, ticket, "note", text="Yerinde bakıldı", **shown)
    post(client, ticket, "move", to="IN_PROGRESS", **shown)
    post(client, ticket, "note", text="Ekip yolda", **shown)
    post(client, ticket, "move", to="RESOLVED", answer="Çukur kapatıldı.", **shown)
    ticket.refresh_from_db()
    assert ticket.status == Status.RESOLVED
    assert ticket.events.filter(note__in=("Yerinde bakıldı", "Ekip yolda")).count() == 2


@pytest.mark.slow
def test_what_somebody_else_did_or_the_citizen_wrote_since_still_refuses(world: World, desk: SignIn) -> None:
    happenings: tuple[Callable[[Ticket], object], ...] = (
        lambda ticket: add_note(ticket=ticket, actor=world.actor("crew_fen"), now=NOW, text="ben"),
        lambda ticket: describe(ticket=ticket, actor=Actor.citizen(), now=NOW, text="yandaki de"),
    )
    for happens in happenings:
        ticket, client = world.assigned(), desk("head_fen")
        shown = seen_on(ticket)
        post(client, ticket, "note", text="bakıyorum", **shown)
        happens(ticket)
        answered, said = refused(client, ticket, "move", to="IN_PROGRESS", **shown)
        assert (answered, "Başvuru siz bakarken değişti." in said) == (409, True)


@pytest.mark.slow
def test_a_form_that_was_sent_twice_is_done_once(world: World, desk: SignIn) -> None:
    ticket, client = world.assigned(), desk("head_fen")
    shown = seen_on(ticket)
    for text in ("aynısı", "aynısı"):
        client.post(f"{LIST}{ticket.pk}/note/", {"text": text, **shown})
    for _ in range(2):
        client.post(f"{LIST}{ticket.pk}/split/", {"description": "bir de lamba", **shown})
    assert ticket.events.filter(note="aynısı").count() == 1
    assert Ticket.objects.filter(description="bir de lamba").count() == 1


def test_whoever_returns_a_ticket_is_led_back_to_the_list_they_still_see(world: World, desk: SignIn) -> None:
    ticket = world.assigned()
    response = desk("crew_fen").post(
        f"{LIST}{ticket.pk}/move/", {"version": 1, "to": "NEW", "reason": "park işi"}
    )
    assert response.headers["Location"] == LIST


def test_notes_and_assignments_come_from_the_page_too(world: World, desk: SignIn) -> None:
    ticket = world.assigned()
    assert post(desk("crew_fen"), ticket, "note", text="Yerinde görüldü") == ["MG-2026-000001: Not eklendi."]
    ticket.refresh_from_db()
    post(desk("head_fen"), ticket, "assign", assignee=world.user("crew_fen").pk)
    ticket.refresh_from_db()
    assert ticket.assignee == world.user("crew_fen")
    assert ticket.events.filter(note="Yerinde görüldü").exists()


def test_a_department_finds_only_its_own_people_to_give_a_ticket_to(world: World, desk: SignIn) -> None:
    form = page(desk("head_fen"), world.assigned()).split('id="id_assign_assignee"')[1].split("</select>")[0]
    assert "crew_fen" in form
    assert "operator" in form
    assert "crew_park" not in form
    assert "dpo" not in form


def test_nothing_is_deleted_here(world: World, desk: SignIn) -> None:
    ticket = world.assigned()
    client = desk("admin")
    assert client.post(f"{LIST}{ticket.pk}/delete/", {"post": "yes"}).status_code == 403
    client.post(LIST, {"action": "delete_selected", "_selected_action": ticket.pk, "post": "yes"})
    assert Ticket.objects.exists()


def test_the_status_is_no_field_to_be_edited(world: World, desk: SignIn) -> None:
    ticket = world.assigned()
    response = desk("admin").post(f"{LIST}{ticket.pk}/change/", {"status": "CLOSED", "summary": "x"})
    assert response.status_code == 403
    ticket.refresh_from_db()
    assert ticket.status == "ASSIGNED"


@pytest.mark.parametrize("who", ["admin", "supervisor", "operator", "head_fen", "crew_fen", "dpo"])
def test_every_record_opens_for_whoever_has_a_role_and_nobody_adds_one(
    world: World, desk: SignIn, who: str
) -> None:
    world.assigned()
    client = desk(who)
    for record in ("ticket", "citizen", "ticketevent", "attachment", "ticketnumber"):
        assert client.get(f"/admin/tickets/{record}/").status_code == 200
        assert client.get(f"/admin/tickets/{record}/add/").status_code == 403


@pytest.mark.parametrize("who", ["dpo", "supervisor", "operator", "head_fen"])
def test_the_citizens_number_is_masked_on_every_page(world: World, desk: SignIn, who: str) -> None:
    ticket = world.assigned()
    client = desk(who)
    citizen = client.get(f"/admin/tickets/citizen/{world.citizen.pk}/change/").content.decode()
    for html in (page(client, ticket), citizen):
        assert "+905321234567" not in html
        assert "+90 5** *** ** 67" in html


def test_a_citizen_is_listed_only_for_those_who_see_a_ticket_of_theirs(world: World, desk: SignIn) -> None:
    world.assigned()
    assert "Ayşe Yılmaz" in desk("crew_fen").get("/admin/tickets/citizen/").content.decode()
    assert "Ayşe Yılmaz" not in desk("crew_park").get("/admin/tickets/citizen/").content.decode()


@pytest.mark.parametrize("who", ["head_park", "crew_park"])
@pytest.mark.parametrize("record", ["ticketevent", "attachment"])
def test_what_belongs_to_a_ticket_is_as_hidden_as_the_ticket(
    world: World, desk: SignIn, record: str, who: str
) -> None:
    ticket = world.assigned()
    attach_file(
        ticket=ticket, actor=Actor.citizen(), now=NOW, kind=Attachment.Kind.IMAGE, mime_type="image/png"
    )
    assert ticket.number in desk("head_fen").get(f"/admin/tickets/{record}/").content.decode()
    assert ticket.number not in desk(who).get(f"/admin/tickets/{record}/").content.decode()


def test_the_page_shows_timeline_photos_and_conversation(world: World, desk: SignIn) -> None:
    class Channel(channel.NullChannel):
        @override
        def messages(self, _ticket: Ticket, /, *, loose: bool = False) -> list[ChannelMessage]:
            return [ChannelMessage(NOW, "in", "merhaba <b>", "text")]

    ticket = world.assigned()
    stored = StoredFile("a.jpg", "b.jpg", 10, "image/jpeg")
    for file in (stored, None):
        attach_file(
            ticket=ticket,
            actor=Actor.citizen(),
            now=NOW,
            kind=Attachment.Kind.IMAGE,
            mime_type="image/jpeg",
            stored=file,
        )
    before = channel.register(Channel())
    try:
        html = page(desk("operator"), ticket)
        crew = page(desk("crew_fen"), ticket)
    finally:
        channel.register(before)
    assert "Alındı → Birime iletildi" in re.sub(r"\s+", " ", html)
    assert re.search(r'<img[^>]+src="/admin/tickets/ticket/\d+/file/\d+/thumbnail/', html)
    assert "Fotoğraf: Alınıyor" in html
    assert "merhaba &lt;b&gt;" in html
    assert "merhaba" not in crew


def test_the_call_centre_approves_with_the_proposed_answer_before_its_eyes(
    world: World, desk: SignIn
) -> None:
    ticket = world.move(world.assigned(), Status.REVIEW, by="head_fen", answer="Asfaltlandı, iyi günler.")
    html = page(desk("operator"), ticket)
    assert "Asfaltlandı, iyi günler." in html.split('id="id_RESOLVED_answer"')[1].split("</textarea>")[0]
    assert offered(html) == {"RESOLVED", "IN_PROGRESS"}


def test_the_page_says_when_the_place_may_be_somebody_elses(world: World, desk: SignIn) -> None:
    Artery.objects.create(
        name="Sivas Bulvarı",
        agency=world.kaski,
        width_m=30,
        lines={"type": "LineString", "coordinates": [[35.4, here().lat], [35.6, here().lat]]},
    )
    west, east, south, north = 35.5, 35.6, 38.7, 38.8
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    world.mahalle.boundary = {"type": "Polygon", "coordinates": [ring]}
    world.mahalle.save()
    cache.refresh()
    html = re.sub(r"\s+", " ", page(desk("operator"), world.assigned(point=here())))
    assert "Konum Sivas Bulvarı üzerinde: iş KASKİ görev alanında olabilir." in html
    assert "Konum ilçe sınırının 868 m dışında." in html
    inside = page(desk("operator"), world.assigned(point=Point(38.75, 35.55)))
    assert "Görev alanı" not in inside
