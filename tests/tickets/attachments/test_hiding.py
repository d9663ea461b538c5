"""Files hidden from all but the personal-data officer: nothing shows them, and each view is kept."""

from io import BytesIO
from pathlib import Path

import pytest
from django.test import Client
from PIL import Image
from pytest_django import Settings

from tests.attachments import attach_file
from tests.tickets.world import NOW, World, sign_in
from tickets.attachments.blurring import blur, disclose
from tickets.attachments.hiding import hide, reveal
from tickets.casework.attachment_rows import ReceivedFile
from tickets.casework.opening import Report, open_report
from tickets.desk.queue.rows import with_glimpses
from tickets.files import images
from tickets.files.images import Region
from tickets.models import Access, Attachment, Kind, Source, Ticket, TicketEvent
from tickets.public.publishing import publish
from tickets.record.permissions import Actor
from tickets.record.workflow import MissingFields, NoSuchTransition, NotAllowed, TransitionError
from tickets.rest_api.serializers import signed_path


@pytest.fixture
def photo(world: World, settings: Settings, tmp_path: Path) -> Attachment:
    settings.MEDIA_ROOT = str(tmp_path)
    raw = BytesIO()
    Image.new("RGB", (40, 20), "white").save(raw, "PNG")
    raw.seek(0)
    stored = images.keep(images.clean(raw), NOW)
    return attach_file(
        ticket=world.assigned(),
        actor=Actor.citizen(),
        now=NOW,
        kind=Attachment.Kind.IMAGE,
        mime_type="image/jpeg",
        stored=stored,
    )


@pytest.fixture
def hidden(world: World, photo: Attachment) -> Attachment:
    return hide(attachment=photo, actor=world.actor("operator"), now=NOW, reason="personal")


def below(attachment: Attachment, name: str) -> str:
    return f"/admin/tickets/ticket/{attachment.ticket_id}/{name}/"


def page(client: Client, attachment: Attachment) -> str:
    return str(client.get(below(attachment, "change")).content.decode())


def test_one_act_on_the_page_hides_a_photo(world: World, photo: Attachment) -> None:
    desk = sign_in(world, "operator")
    desk.post(below(photo, "hide"), {"attachment": photo.pk, "reason": "mistake"})
    photo.refresh_from_db()
    assert photo.hidden == "mistake"
    entry = TicketEvent.objects.get(kind=TicketEvent.Kind.HIDDEN)
    assert (entry.actor, entry.data) == (
        world.user("operator"),
        {"attachment": photo.pk, "hidden": "mistake"},
    )
    shown = page(desk, photo)
    assert "gizlendi: yanlışlıkla gönderildi" in shown
    assert below(photo, f"file/{photo.pk}/thumbnail") not in shown


@pytest.mark.parametrize("who", ["operator", "supervisor", "head_fen", "crew_fen", "dpo", "admin"])
def test_no_address_of_the_file_opens_it_any_more(world: World, hidden: Attachment, who: str) -> None:
    client = sign_in(world, who)
    for part in ("file", "thumbnail"):
        assert client.get(below(hidden, f"file/{hidden.pk}/{part}")).status_code == 404
        assert client.get(signed_path(hidden, part, world.user("operator"))).status_code == 404


def test_the_officer_opens_it_and_each_view_is_kept(world: World, hidden: Attachment) -> None:
    officer = sign_in(world, "dpo")
    assert "Aç (kaydedilir)" in page(officer, hidden)
    for _ in range(2):
        response = officer.post(below(hidden, "reveal"), {"attachment": hidden.pk})
        assert response.headers["Content-Type"] == "image/jpeg"
        assert "no-store" in response.headers["Cache-Control"]
        assert b"".join(response.streaming_content)  # type: ignore[attr-defined]  # of a file
    seen = Access.objects.filter(what=Access.What.REVEALED)
    assert [(each.by, each.tickets) for each in seen] == [(world.user("dpo"), [hidden.of_ticket.number])] * 2


@pytest.mark.parametrize("who", ["operator", "supervisor", "head_fen"])
def test_nobody_else_opens_it_or_shows_it_again(world: World, hidden: Attachment, who: str) -> None:
    client = sign_in(world, who)
    assert "Aç (kaydedilir)" not in page(client, hidden)
    assert client.post(below(hidden, "reveal"), {"attachment": hidden.pk}).status_code == 403
    client.post(below(hidden, "hide"), {"attachment": hidden.pk, "shown": "1"})
    hidden.refresh_from_db()
    assert hidden.hidden
    assert not Access.objects.filter(what=Access.What.REVEALED).exists()


def test_the_officer_shows_it_again(world: World, hidden: Attachment) -> None:
    officer = sign_in(world, "dpo")
    officer.post(below(hidden, "hide"), {"attachment": hidden.pk, "shown": "1"})
    hidden.refresh_from_db()
    assert hidden.hidden == ""
    response = officer.get(below(hidden, f"file/{hidden.pk}/file"))
    assert b"".join(response.streaming_content)  # type: ignore[attr-defined]  # of a file


def test_hiding_withdraws_it_from_open_data_and_it_cannot_be_published(
    world: World, photo: Attachment
) -> None:
    actor = world.actor("operator")
    publish(ticket=photo.of_ticket, actor=actor, now=NOW, photos=[photo])
    hide(attachment=photo, actor=actor, now=NOW, reason="personal")
    photo.refresh_from_db()
    assert not photo.published
    assert Client().get(f"/open311/v2/photos/{photo.pk}.jpg").status_code == 404
    with pytest.raises(MissingFields):
        publish(ticket=photo.of_ticket, actor=actor, now=NOW, photos=[photo])


def test_the_api_lists_it_without_an_address(world: World, hidden: Attachment) -> None:
    answer = sign_in(world, "supervisor").get(f"/api/v1/tickets/{hidden.of_ticket.number}/")
    [listed] = answer.json()["attachments"]
    assert (listed["url"], listed["thumbnail_url"]) == (None, None)


def test_no_list_and_no_page_of_the_crew_shows_it(world: World, hidden: Attachment) -> None:
    row = with_glimpses(Ticket.objects.filter(pk=hidden.of_ticket.pk)).get()
    assert vars(row)["photo"] is None
    crew = sign_in(world, "crew_fen")
    for address in ("/admin/saha/", f"/admin/saha/{hidden.of_ticket.number}/"):
        assert f"attachments/{hidden.pk}/" not in crew.get(address).content.decode()


def test_it_is_neither_blurred_nor_disclosed(world: World, hidden: Attachment) -> None:
    region, clerk = Region(0.1, 0.1, 0.5, 0.5), world.actor("operator")
    with pytest.raises(NoSuchTransition):
        blur(attachment=hidden, now=NOW, actor=clerk, regions=[region])
    with pytest.raises(NoSuchTransition):
        disclose(attachment=hidden, now=NOW, actor=world.actor("supervisor"))


def test_hiding_needs_a_reason_and_somebody_who_works_on_the_ticket(world: World, photo: Attachment) -> None:
    with pytest.raises(MissingFields):
        hide(attachment=photo, actor=world.actor("operator"), now=NOW, reason="")
    with pytest.raises(NotAllowed):
        hide(attachment=photo, actor=world.actor("head_park"), now=NOW, reason="personal")


def test_nothing_is_opened_that_is_not_hidden(world: World, photo: Attachment) -> None:
    with pytest.raises(TransitionError):
        reveal(attachment=photo, actor=world.actor("dpo"), now=NOW)
    assert not Access.objects.exists()


def test_a_photo_that_may_show_an_identity_card_is_marked(world: World) -> None:
    file = ReceivedFile(kind=Attachment.Kind.IMAGE, caption="kimliğim", may_show_identity=True)
    report = Report(channel=Source.WHATSAPP, kind=Kind.TALEP, department=world.fen)
    _, _, [attachment] = open_report(report=report, actor=Actor.citizen(), now=NOW, files=[file])
    assert "kimlik olabilir" in page(sign_in(world, "operator"), attachment)


def test_a_ticket_in_which_an_identity_number_was_hidden_says_so(world: World) -> None:
    ticket = world.assigned(description="TC 10000000146, yolda çukur")
    assert "10000000146" not in ticket.description + ticket.summary + ticket.search
    shown = sign_in(world, "operator").get(f"/admin/tickets/ticket/{ticket.pk}/change/").content.decode()
    assert "T.C. kimlik numarası yazılmış, gizlendi." in shown
