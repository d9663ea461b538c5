"""The ticket page: contents and actions by role, and its number of queries."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image
from pytest_django import Settings
from typing_extensions import override

from departments.common import cache
from departments.models import Artery, Neighbourhood
from departments.places.points import Point
from tests.attachments import attach_file
from tests.tickets.desk.test_act_buttons import Announcing
from tests.tickets.world import NOW, World, here
from tickets.answering.replies import reply
from tickets.attachments.blurring import blur
from tickets.back_office.thread_entries import ThreadFile
from tickets.casework.assigning import assign
from tickets.casework.descriptions import describe
from tickets.casework.notes import add_note
from tickets.files import images
from tickets.models import (
    Act,
    Attachment,
    CannedAnswer,
    Citizen,
    LocationSource,
    Ticket,
    TicketEvent,
    ViewMark,
)
from tickets.record import channel as ports
from tickets.record.channel import ChannelMessage
from tickets.record.permissions import Actor
from tickets.record.statuses import Status
from tickets.undo.actions import perform

SignIn = Callable[[str], Client]
MOST_STATEMENTS = 28  # and five of the channel’s own, asserted with it


class Line(ports.NullChannel):
    """A channel over which everybody can be reached; `said` is the conversation."""

    def __init__(self) -> None:
        self.said: list[ChannelMessage] = []
        self.open_until: datetime | None = timezone.now() + timedelta(hours=5)

    @override
    def messages(self, _ticket: Ticket, /, *, loose: bool = False) -> list[ChannelMessage]:
        return self.said

    @override
    def talk(self, _citizen: Citizen, /) -> ports.Talk:
        return ports.Talk(self.open_until)

    @override
    def preview(self, news: TicketEvent, _now: datetime, /) -> ports.Preview:
        return ports.Preview(f"Şablon: {news.to_status}{news.public_text}", as_template=True)


@pytest.fixture
def line() -> Iterator[Line]:
    channel = Line()
    before = ports.register(channel)
    yield channel
    ports.register(before)


@pytest.fixture
def desk(world: World) -> SignIn:
    def sign_in(username: str) -> Client:
        client = Client()
        client.force_login(world.user(username))
        return client

    return sign_in


def address(ticket: Ticket, name: str = "change") -> str:
    return f"/admin/tickets/ticket/{ticket.pk}/{name}/"


def page(client: Client, ticket: Ticket) -> str:
    response = client.get(address(ticket))
    assert response.status_code == 200
    return response.content.decode()


def photo_on(ticket: Ticket) -> Attachment:
    raw = BytesIO()
    Image.new("RGB", (80, 60), "red").save(raw, "PNG")
    raw.seek(0)
    return attach_file(
        ticket=ticket,
        actor=Actor.citizen(),
        now=NOW,
        kind=Attachment.Kind.IMAGE,
        mime_type="image/jpeg",
        stored=images.keep(images.clean(raw), NOW),
    )


def lengthen(ticket: Ticket, more: int) -> None:
    """So many more entries, photos and tickets near by."""
    facts = {"ticket": ticket, "at": NOW, "kind": "described", "actor_kind": "citizen"}
    TicketEvent.objects.bulk_create(TicketEvent(**facts, data={"text": "ek"}) for _ in range(more))
    photo = {"ticket": ticket, "kind": "image", "state": "stored", "file": "a.jpg", "thumbnail": "b.jpg"}
    Attachment.objects.bulk_create(Attachment(**photo, created_at=NOW) for _ in range(more))
    first = Ticket.objects.count() + 100
    Ticket.objects.bulk_create(
        Ticket(
            **{
                name: getattr(ticket, name)
                for name in ("kind", "channel", "status", "category", "department", "citizen", "lat", "lon")
            },
            number=f"MG-2026-{first + n:06}",
            created_at=timezone.now(),
            updated_at=NOW,
            legal_due_at=NOW,
        )
        for n in range(more)
    )


@pytest.fixture
def media(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("who", ["operator", "head_fen"])
def test_a_page_takes_the_same_few_statements_for_ten_messages_and_for_a_hundred(
    world: World, desk: SignIn, line: Line, who: str
) -> None:
    CannedAnswer.objects.create(title="Selam", text="Merhaba {ad}")
    ticket = world.assigned(
        point=here(), location_source=LocationSource.PIN, routed={"category": "yol_cukur", "confidence": 0.7}
    )
    client = desk(who)
    page(client, ticket)
    counted = []
    for more in (10, 90):
        line.said += [ChannelMessage(NOW + timedelta(seconds=n), "in", f"{n}", "text") for n in range(more)]
        lengthen(ticket, more)
        page(client, ticket)  # what is remembered for a while is asked for now
        with CaptureQueriesContext(connection) as statements:
            page(client, ticket)
        counted.append(len(statements))
    assert counted[0] == counted[1] <= MOST_STATEMENTS


def test_a_suggestion_that_still_waits_for_approval_is_not_said_to_be_applied(
    world: World, desk: SignIn
) -> None:
    said = {"category": "yol_cukur", "confidence": 0.7}
    waits, applied = (page(desk("operator"), make(routed=said)) for make in (world.open, world.assigned))
    assert "seçili, onay bekliyor" in waits
    assert "uygulandı" not in waits
    assert "uygulandı" in applied


def test_messages_and_timeline_stand_in_the_order_they_happened(
    world: World, desk: SignIn, line: Line
) -> None:
    ticket = world.assigned()
    line.said = [ChannelMessage(NOW + timedelta(minutes=1), "in", "hâlâ çukur var", "text")]
    add_note(ticket=ticket, actor=world.actor("head_fen"), now=NOW + timedelta(minutes=2), text="ekip çıktı")
    html = page(desk("operator"), ticket)
    assert html.index("Başvuru alındı") < html.index("hâlâ çukur var") < html.index("ekip çıktı")


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        (ChannelMessage(NOW, "out", "x", "text", status="read"), 'aria-label="okundu"'),
        (ChannelMessage(NOW, "out", "x", "text", status="failed", error="Numara yok"), "Numara yok"),
        (ChannelMessage(NOW, "in", "x", "text", mark="deleted"), "vatandaş sildi"),
        (ChannelMessage(NOW, "in", "x", "text", mark="edited"), "düzeltildi"),
        (ChannelMessage(NOW, "in", "", "location", place=(38.7, 35.5)), 'data-show-place="38.7,35.5"'),
        (ChannelMessage(NOW, "out", "x", "template"), "Şablonla"),
    ],
)
def test_a_bubble_says_what_became_of_the_message(
    world: World, desk: SignIn, line: Line, message: ChannelMessage, shown: str
) -> None:
    line.said = [message]
    assert shown in page(desk("operator"), world.assigned())


def test_a_crew_sees_the_timeline_and_not_the_talk(world: World, desk: SignIn, line: Line) -> None:
    ticket = world.assigned()
    line.said = [ChannelMessage(NOW, "in", "özel bir söz", "text")]
    html = page(desk("crew_fen"), ticket)
    assert "özel bir söz" not in html
    assert "Alındı → Birime iletildi" in html
    assert 'id="reply"' not in html


def test_a_reply_from_the_page_can_be_taken_back_on_whatever_page_comes_next(
    world: World, desk: SignIn, line: Line
) -> None:
    ticket, client = world.assigned(), desk("operator")
    response = client.post(address(ticket, "reply"), {"version": 1, "text": "Ekip yolda."}, follow=True)
    act = Act.objects.get()
    assert f'action="/admin/geri-al/{act.pk}/"' in response.content.decode()
    queue = client.get("/admin/tickets/ticket/").content.decode()
    assert f"{ticket.number}: Cevap yazıldı." in queue
    back = client.post(f"/admin/geri-al/{act.pk}/", {"next": address(ticket)}, follow=True)
    assert back.redirect_chain[-1][0] == address(ticket)
    assert "geri alındı (Cevap yazıldı)" in back.content.decode()
    assert [event.kind for event in ticket.events.order_by("-pk")[:1]] == ["withdrawn"]


def test_only_whoever_did_it_is_offered_to_take_it_back(world: World, desk: SignIn, line: Line) -> None:
    ticket = world.assigned()
    perform("reply", ticket=ticket, actor=world.actor("operator"), now=timezone.now(), text="Ekip yolda.")
    act = Act.objects.get()
    assert f"/admin/geri-al/{act.pk}/" in page(desk("operator"), ticket)
    assert f"/admin/geri-al/{act.pk}/" not in page(desk("supervisor"), ticket)
    assert desk("supervisor").post(f"/admin/geri-al/{act.pk}/").status_code == 404


def test_a_page_that_acts_by_script_is_told_what_became_of_it(world: World, desk: SignIn) -> None:
    ticket, client = world.assigned(), desk("operator")
    client.post(address(ticket, "note"), {"version": 1, "text": "Baktım"})
    offered = client.get("/admin/geri-al/").json()
    assert offered["title"] == f"{ticket.number}: Not eklendi."
    scripted = {"Accept": "application/json"}
    assert "geri alındı" in client.post(offered["address"], headers=scripted).json()["said"]
    again = client.post(offered["address"], headers=scripted)
    assert (again.status_code, client.get("/admin/geri-al/").json()) == (409, {})


def test_the_way_back_leads_nowhere_else(world: World, desk: SignIn) -> None:
    ticket, client = world.assigned(), desk("operator")
    client.post(address(ticket, "note"), {"version": 1, "text": "Baktım"})
    back = client.post(f"/admin/geri-al/{Act.objects.get().pk}/", {"next": "https://example.org/"})
    assert back.headers["Location"] == "/admin/"


def test_single_letters_are_switched_off_for_whoever_wants_that(world: World, desk: SignIn) -> None:
    ticket = world.assigned()
    assert 'data-letters="on"' in page(desk("operator"), ticket)
    desk("operator").post("/admin/tek-harf/", {"letters": "off"})
    assert 'data-letters="off"' in page(desk("operator"), ticket)
    assert 'data-letters="on"' in page(desk("supervisor"), ticket)


def test_whoever_comes_second_gets_409_with_what_the_other_did_and_keeps_what_was_typed(
    world: World, desk: SignIn, line: Line
) -> None:
    ticket = world.assigned()
    seen = ticket.events.latest("id").pk
    reply(ticket=ticket, actor=world.actor("supervisor"), now=NOW, text="Ben yazdım bile.")
    typed = {"version": 1, "seen": seen, "text": "Ekip yolda."}
    response = desk("operator").post(address(ticket, "reply"), typed)
    html = response.content.decode()
    refusal = html.split('id="refusal"')[1].split("</div>")[0]
    assert response.status_code == 409
    assert "supervisor" in refusal
    assert "Ben yazdım bile." in refusal
    assert "Ekip yolda.</textarea>" in html
    assert ticket.events.filter(kind="replied").count() == 1
    assert 'name="version" value="2"' in html


def test_what_was_typed_for_a_move_that_is_no_longer_offered_is_shown(
    world: World, desk: SignIn, line: Line
) -> None:
    ticket = world.assigned()
    world.move(ticket, Status.WAITING, answer="Hangi sokak?")
    typed = {"version": 1, "to": "WAITING", "answer": "Hangi kapı?", "note": ""}
    response = desk("operator").post(address(ticket, "move"), typed)
    refusal = response.content.decode().split('id="refusal"')[1].split("</div>")[0]
    assert response.status_code == 409
    assert "“Hangi kapı?”" in refusal
    assert "Yazdıklarınız duruyor" not in refusal


def test_a_shut_window_is_said_and_the_preview_shows_the_template(
    world: World, desk: SignIn, line: Line
) -> None:
    line.open_until = timezone.now() - timedelta(minutes=1)
    ticket, client = world.assigned(), desk("operator")
    assert "data-shut" in page(client, ticket)
    answer = client.post(address(ticket, "preview"), {"text": "Yoldayız."})
    assert answer.json() == {"text": "Şablon: Yoldayız.", "template": True}
    assert desk("crew_fen").post(address(ticket, "preview"), {"text": "x"}).status_code == 403


def test_a_move_is_previewed_as_far_as_it_is_typed(world: World, desk: SignIn, line: Line) -> None:
    ticket = world.assigned()
    data = {"to": "RESOLVED", "answer": "Kapatıldı.", "planned_for": "hiç"}
    answer = desk("supervisor").post(address(ticket, "preview"), data)
    assert answer.json() == {"text": "Şablon: RESOLVEDKapatıldı.", "template": True}


def test_the_preview_of_an_approval_shows_the_proposed_answer(world: World, desk: SignIn, line: Line) -> None:
    ticket = world.move(world.assigned(), Status.REVIEW, answer="Kapatıldı.")
    answer = desk("operator").post(address(ticket, "preview"), {"to": "RESOLVED", "answer": ""})
    assert answer.json()["text"] == "Şablon: RESOLVEDKapatıldı."


@pytest.mark.parametrize(
    ("who", "to", "status"),
    [
        ("operator", "REVIEW", 403),  # the department's alone
        ("crew_fen", "REJECTED", 403),
        ("operator", "CLOSED", 403),  # the table has no such move
        ("operator", "NOWHERE", 403),
        ("operator", "ASSIGNED", 200),
    ],
)
def test_a_move_that_tells_nothing_or_is_not_ones_own_has_no_preview(
    world: World, desk: SignIn, line: Line, who: str, to: str, status: int
) -> None:
    answer = desk(who).post(address(world.assigned(), "preview"), {"to": to, "answer": "x"})
    assert answer.status_code == status
    assert answer.json()["text"] == ""


def test_maps_show_the_border_and_main_roads_and_how_far_they_are(
    world: World, desk: SignIn, line: Line
) -> None:
    Artery.objects.create(
        name="Sivas Bulvarı",
        agency=world.kaski,
        width_m=30,
        lines={"type": "LineString", "coordinates": [[35.4, 38.721], [35.6, 38.721]]},
    )
    cache.refresh()
    html = page(desk("operator"), world.assigned(point=here(), neighbourhood=world.mahalle))
    assert "Yakındaki ana arterler: Sivas Bulvarı (111 m)" in html
    drawn = json.loads(html.partition('id="map-data"')[2].partition(">")[2].partition("</script>")[0])
    assert [road["name"] for road in drawn["roads"]] == ["Sivas Bulvarı"]
    assert drawn["border"]["properties"]["name"] == "Alpaslan"
    assert drawn["border"]["properties"]["approximate"] is True
    crew = (
        desk("crew_fen")
        .get(f"/admin/saha/{world.assigned(point=here(), neighbourhood=world.mahalle).number}/")
        .content.decode()
    )
    assert "Sivas Bulvar" in crew.partition('id="map-data"')[2]
    report = desk("supervisor").get("/admin/raporlar/").context
    assert report["roads"] == [[(35.4, 38.721), (35.6, 38.721)]]
    assert [place["name"] for place in report["places"]] == ["Alpaslan"]


def test_a_place_of_no_mahalle_is_drawn_beside_the_nearest_one(
    world: World, desk: SignIn, line: Line
) -> None:
    Neighbourhood.objects.create(code="kosk", name="Köşk", full_name="Köşk Mahallesi", lat=38.72, lon=35.45)
    cache.refresh()
    ticket = world.assigned(point=Point(38.6, 35.44))
    Ticket.objects.filter(pk=ticket.pk).update(neighbourhood=None)
    html = desk("crew_fen").get(f"/admin/saha/{ticket.number}/").content.decode()
    drawn = json.loads(html.partition('id="map-data"')[2].partition(">")[2].partition("</script>")[0])
    assert drawn["border"]["properties"]["name"] == "Köşk"


def test_a_crew_is_shown_no_map_on_which_there_is_nothing(world: World, desk: SignIn, line: Line) -> None:
    ticket = world.assigned(point=here(), address="Gül Sokak 4")
    Ticket.objects.update(neighbourhood=None)
    Neighbourhood.objects.all().delete()
    cache.refresh()
    html = desk("crew_fen").get(f"/admin/saha/{ticket.number}/").content.decode()
    assert 'id="map"' not in html
    assert "Gül Sokak 4" in html
    assert "Yol tarifi" in html


def test_an_open_window_says_how_long_it_stays_open(world: World, desk: SignIn, line: Line) -> None:
    html = page(desk("operator"), world.assigned())
    assert "data-until=" in html
    assert "data-shut" not in html
    assert "Serbest yazma: <b>4 sa</b> kaldı" in html  # as the script beside it says it


def test_the_pulse_says_who_else_is_here_and_that_there_is_news(
    world: World, desk: SignIn, line: Line
) -> None:
    ticket = world.assigned()
    operator, supervisor = desk("operator"), desk("supervisor")
    page(supervisor, ticket)
    first = operator.post(address(ticket, "pulse")).json()
    assert first["here"] == ["supervisor"]
    assert f'data-stamp="{first["stamp"]}"' in page(operator, ticket)
    assert operator.post(address(ticket, "pulse")).json() == first
    add_note(ticket=ticket, actor=world.actor("supervisor"), now=NOW, text="yeni not")
    assert operator.post(address(ticket, "pulse")).json()["stamp"] != first["stamp"]
    supervisor.post(address(ticket, "leave"))
    assert operator.post(address(ticket, "pulse")).json()["here"] == []


def test_opening_the_page_marks_the_ticket_read(world: World, desk: SignIn) -> None:
    ticket = world.assigned()
    page(desk("operator"), ticket)
    assert ViewMark.objects.get(ticket=ticket).user == world.user("operator")


def test_a_moved_pin_is_written_with_its_mahalle(world: World, desk: SignIn) -> None:
    ticket = world.assigned()
    desk("operator").post(address(ticket, "place"), {"version": 1, "lat": "38.72", "lon": "35.49"})
    ticket.refresh_from_db()
    assert (ticket.lat, ticket.lon, ticket.location_source) == (38.72, 35.49, "staff")
    assert ticket.neighbourhood == world.mahalle
    assert ticket.events.filter(kind="located", actor=world.user("operator")).exists()


def test_a_neighbour_is_linked_as_the_original_with_one_press(world: World, desk: SignIn) -> None:
    original, ticket = (world.assigned(point=here(), now=timezone.now()) for _ in range(2))
    html = page(desk("operator"), ticket)
    assert "Bununla birleştir (mükerrer)" in html
    desk("operator").post(
        address(ticket, "move"), {"version": 1, "to": "DUPLICATE", "duplicate_of": original.number}
    )
    ticket.refresh_from_db()
    assert ticket.duplicate_of == original


@pytest.mark.parametrize("who", ["operator", "supervisor", "head_fen", "dpo", "admin"])
def test_a_telephone_number_is_shown_when_asked_for_and_each_time_it_is_kept_by_whom(
    world: World, desk: SignIn, who: str
) -> None:
    ticket, client = world.assigned(), desk(who)
    for _ in range(2):
        assert client.post(address(ticket, "phone")).json() == {"phone": "+905321234567"}
    kept = ticket.events.filter(kind="unmasked", actor=world.user(who))
    assert kept.count() == 2
    ticket.refresh_from_db()
    assert ticket.version == 1


def test_a_crew_is_shown_the_number_of_its_own_job_alone(world: World, desk: SignIn) -> None:
    ticket, client = world.assigned(), desk("crew_fen")
    assert client.post(address(ticket, "phone")).status_code == 403
    assert not ticket.events.filter(kind="unmasked").exists()
    assign(ticket=ticket, actor=world.actor("head_fen"), now=NOW, assignee=world.user("crew_fen"))
    assert client.post(address(ticket, "phone")).status_code == 200


def test_what_was_typed_into_a_move_stays_after_a_refusal(world: World, desk: SignIn) -> None:
    ticket = world.assigned()
    typed = {"version": 0, "to": "REJECTED", "reason": "Özel mülk", "answer": "Sahibine başvurun."}
    response = desk("operator").post(address(ticket, "move"), typed)
    html = response.content.decode()
    assert response.status_code == 409
    assert 'value="Özel mülk"' in html
    assert "Sahibine başvurun.</textarea>" in html


def test_what_a_move_lacks_is_said_at_its_field(world: World, desk: SignIn) -> None:
    ticket = world.assigned()
    typed = {"version": ticket.version, "to": "PLANNED", "planned_for": "2001-01-01"}
    html = desk("head_fen").post(address(ticket, "move"), typed).content.decode()
    [at] = [each.start() for each in re.finditer("geçmişte olamaz", html.partition('id="moves"')[2])]
    field = html.partition('id="moves"')[2][:at].rpartition("<input")[2]
    assert 'name="planned_for"' in field
    assert 'aria-invalid="true"' in field


def test_a_reply_takes_a_photo_along(world: World, desk: SignIn, line: Line, media: None) -> None:
    raw = BytesIO()
    Image.new("RGB", (80, 60), "red").save(raw, "PNG")
    ticket = world.assigned()
    typed = {"version": 1, "text": "Böyle oldu.", "file": ContentFile(raw.getvalue(), "son.png")}
    desk("operator").post(address(ticket, "reply"), typed)
    event = ticket.events.get(kind="replied")
    assert event.data["photo"] == ticket.attachments.get().pk


@pytest.mark.parametrize("text", ["Sayın {ad}, geliyoruz.", "{gün} bitecek"])
def test_a_reply_with_a_gap_that_nobody_filled_is_refused(
    world: World, desk: SignIn, line: Line, text: str
) -> None:
    ticket = world.assigned()
    response = desk("operator").post(address(ticket, "reply"), {"version": 1, "text": text})
    assert response.status_code == 400
    assert "Önce şu yerleri doldurun" in response.content.decode()
    assert not ticket.events.filter(kind="replied").exists()


def test_what_a_bubble_shows_is_not_said_again_beside_it(world: World, desk: SignIn, line: Line) -> None:
    ticket = world.assigned()
    describe(ticket=ticket, actor=Actor.citizen(), now=NOW, text="Okulun önünde")
    line.said = [ChannelMessage(NOW, "in", "Okulun önünde", "text")]
    assert "Bilgi eklendi" not in page(desk("operator"), ticket)
    assert "Bilgi eklendi" in page(desk("crew_fen"), ticket)


def test_what_a_ticket_was_opened_with_stands_in_the_thread_once(
    world: World, desk: SignIn, line: Line
) -> None:
    ticket = world.assigned()
    describe(ticket=ticket, actor=Actor.citizen(), now=NOW, text="Camiye bakan köşede")
    ticket.refresh_from_db()
    words = ticket.description.splitlines()[0]
    assert thread_of(page(desk("operator"), ticket)).count(words) == 1
    assert thread_of(page(desk("operator"), ticket)).count("Camiye bakan köşede") == 1
    line.said = [ChannelMessage(NOW, "in", words, "text")]
    assert thread_of(page(desk("operator"), ticket)).count(words) == 1


def thread_of(html: str) -> str:
    return html.split('id="thread"')[1].split("</ol>")[0]


def test_moves_are_told_with_the_names_of_things_and_not_their_codes(world: World, desk: SignIn) -> None:
    html = page(desk("operator"), world.assigned())
    assert "Fen İşleri" in thread_of(html)


def test_a_proposed_redirection_is_confirmed_with_one_press(world: World, desk: SignIn) -> None:
    ticket = world.open(proposed_agency=world.kaski)
    before = ports.register(Announcing())
    html = page(desk("operator"), ticket)
    ports.register(before)
    assert f"vatandaş şunu okur: “{world.kaski.told}”" in html
    assert html.count('name="to" value="REDIRECTED"') == 1
    [button] = re.findall("<button[^>]*data-accept[^>]*>([^<]*)", html)
    assert button.strip() == f"{world.kaski.name}: yönlendir"
    typed = {"version": 1, "to": "REDIRECTED", "agency": world.kaski.pk}
    desk("operator").post(address(ticket, "move"), typed)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.agency) == ("REDIRECTED", world.kaski)


def test_a_redirection_of_which_nobody_hears_says_so_from_the_start(world: World, desk: SignIn) -> None:
    html = page(desk("operator"), world.open(proposed_agency=world.kaski))
    assert "Vatandaşa haber gitmez." in html
    assert "vatandaş şunu okur" not in html
    assert "Vatandaşa bildirilir." not in html


def test_a_clerk_takes_a_ticket_with_one_press(world: World, desk: SignIn) -> None:
    ticket, clerk = world.assigned(), world.user("operator")
    assert "data-claim" in page(desk("operator"), ticket)
    desk("operator").post(address(ticket, "assign"), {"version": 1, "assignee": clerk.pk})
    ticket.refresh_from_db()
    assert ticket.assignee == clerk
    assert "data-claim" not in page(desk("operator"), ticket)


def test_two_tickets_are_made_of_one(world: World, desk: SignIn) -> None:
    ticket = world.assigned()
    lamp = world.pothole
    lamp.pk, lamp.code, lamp.department = None, "lamba", world.park
    lamp.save()
    typed = {"version": 1, "description": "Lamba yanmıyor", "category": lamp.pk}
    html = desk("operator").post(address(ticket, "split"), typed, follow=True).content.decode()
    second = Ticket.objects.latest("id")
    assert (second.category, second.department) == (lamp, world.park)
    assert f'<a href="{address(second)}"' in html


def test_what_was_drawn_on_a_photo_is_blurred(world: World, desk: SignIn, media: None) -> None:
    ticket = world.assigned()
    photo = photo_on(ticket)
    regions = json.dumps([[0.1, 0.1, 0.5, 0.5]])
    desk("operator").post(address(ticket, "blur"), {"attachment": photo.pk, "regions": regions})
    photo.refresh_from_db()
    assert photo.original


@pytest.mark.parametrize(
    "regions", ["", "x", "[]", "[[1,2]]", '{"a": 1}', "[" + "[0,0,1,1]," * 50 + "[0,0,1,1]]"]
)
def test_what_is_no_drawing_blurs_nothing(world: World, desk: SignIn, media: None, regions: str) -> None:
    ticket = world.assigned()
    photo = photo_on(ticket)
    desk("operator").post(address(ticket, "blur"), {"attachment": photo.pk, "regions": regions})
    photo.refresh_from_db()
    assert not photo.original


def test_the_photo_as_sent_is_handed_to_few_and_kept_from_others(
    world: World, desk: SignIn, media: None
) -> None:
    ticket = world.assigned()
    photo = photo_on(ticket)
    sent = photo.file.read()
    blur(attachment=photo, actor=world.actor("operator"), now=NOW, regions=[images.Region(0, 0, 1, 1)])
    original = desk("supervisor").post(address(ticket, "original"), {"attachment": photo.pk})
    assert original.getvalue() == sent
    assert desk("operator").post(address(ticket, "original"), {"attachment": photo.pk}).status_code == 403
    assert TicketEvent.objects.filter(kind="disclosed").count() == 1


def test_a_file_opens_at_an_address_that_stays_until_it_is_blurred(
    world: World, desk: SignIn, media: None
) -> None:
    ticket = world.assigned()
    photo = photo_on(ticket)
    before = ThreadFile.of(photo)
    response = desk("crew_fen").get(before.url)
    assert (response.status_code, response["Content-Type"]) == (200, "image/jpeg")
    assert response.getvalue() == photo.file.read()
    blur(attachment=photo, actor=world.actor("operator"), now=NOW, regions=[images.Region(0, 0, 1, 1)])
    photo.refresh_from_db()
    assert ThreadFile.of(photo).thumbnail_url != before.thumbnail_url
    for who, seen in (("head_park", 404), ("roleless", 403)):
        assert desk(who).get(before.url).status_code == seen


def test_a_photo_of_another_ticket_is_not_found_here(world: World, desk: SignIn, media: None) -> None:
    photo = photo_on(world.assigned(category=world.misconduct))
    ticket = world.assigned()
    regions = json.dumps([[0, 0, 1, 1]])
    data = {"attachment": photo.pk, "regions": regions}
    assert desk("operator").post(address(ticket, "blur"), data).status_code == 404
    assert desk("operator").post(address(ticket, "original"), data).status_code == 404
    assert desk("operator").get(address(ticket, f"file/{photo.pk}/file")).status_code == 404


ADDRESSES = (
    *("move", "note", "assign", "classify", "reply", "take_over", "hand_back", "place", "split"),
    *("blur", "original", "pulse", "leave", "preview"),
)


@pytest.mark.parametrize("name", ADDRESSES)
def test_every_address_is_shut_to_who_may_not_see_the_ticket(world: World, desk: SignIn, name: str) -> None:
    ticket = world.assigned()
    assert desk("head_park").post(address(ticket, name)).status_code == 404
    assert desk("roleless").post(address(ticket, name)).status_code == 403
    assert Client().post(address(ticket, name)).status_code == 302
    assert desk("operator").get(address(ticket, name)).status_code == 405


def test_a_canned_answer_with_an_unknown_gap_is_refused(world: World, desk: SignIn) -> None:
    data = {"title": "Selam", "text": "Sayın {isim}", "language": "tr", "active": "on"}
    response = desk("supervisor").post("/admin/tickets/cannedanswer/add/", data)
    assert "Bilinmeyen yer tutucu: {isim}" in response.content.decode()
    assert not CannedAnswer.objects.exists()
    desk("supervisor").post("/admin/tickets/cannedanswer/add/", data | {"text": "Sayın {ad}"})
    assert CannedAnswer.objects.get().text == "Sayın {ad}"


def test_the_work_order_is_a_pdf_with_photos_and_turkish_letters(
    world: World, desk: SignIn, media: None
) -> None:
    ticket = world.assigned(point=here(), neighbourhood=world.mahalle, description="Çığ düştü, ışık söndü")
    photo_on(ticket)
    add_note(ticket=ticket, actor=world.actor("head_fen"), now=NOW, text="Şantiye şefi aranacak")
    response = desk("crew_fen").get(address(ticket, "print"))
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.content.startswith(b"%PDF")
    assert response.content.count(b"/Subtype /Image") >= 1


def test_a_work_order_is_printed_for_a_ticket_of_which_little_is_known(world: World, desk: SignIn) -> None:
    ticket = world.open(category=None, citizen=None, description="")
    assert desk("operator").get(address(ticket, "print")).content.startswith(b"%PDF")
    assert desk("head_park").get(address(ticket, "print")).status_code == 404


def test_the_timeline_names_who_was_assigned(world: World, desk: SignIn) -> None:
    ticket, worker = world.assigned(), world.user("crew_fen")
    worker.first_name, worker.last_name = "Yusuf", "Kaya"
    worker.save()
    desk("operator").post(address(ticket, "assign"), {"version": 1, "assignee": worker.pk})
    html = page(desk("operator"), ticket)
    assert re.search(r"Sorumlu.{0,200}Yusuf Kaya", html, re.DOTALL)
    assert ">crew_fen<" not in html
