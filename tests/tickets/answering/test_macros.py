"""Macros: an answer, a move and a note in one act."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.tickets.recording_channel import Reached
from tests.tickets.world import NOW, World, sign_in
from tickets.answering.macros import preview_macro, run_macro
from tickets.casework.notes import add_note
from tickets.models import CannedAnswer, Notification, Ticket
from tickets.record.statuses import Status
from tickets.record.workflow import MissingFields, NoSuchTransition, NotAllowed, StaleVersion, TransitionError


def macro(**changes: Any) -> CannedAnswer:
    facts: dict[str, Any] = {
        "title": "Kapatıldı",
        "text": "Sayın {ad}, çukur kapatıldı.",
        "move_to": "RESOLVED",
        "note": "{mahalle}: makroyla kapatıldı",
    }
    return CannedAnswer.objects.create(**facts | changes)


def run(world: World, ticket: Ticket, what: CannedAnswer, by: str = "supervisor", **more: Any) -> Ticket:
    facts: dict[str, Any] = {"now": NOW, "text": "Sayın Ayşe Yılmaz, çukur kapatıldı."}
    return run_macro(ticket=ticket, macro=what, actor=world.actor(by), **facts | more)


def test_the_answer_goes_with_the_move_that_the_citizen_hears_of(world: World, channel: Reached) -> None:
    ticket = run(world, world.assigned(neighbourhood=world.mahalle), macro())
    [moved] = ticket.events.filter(kind="moved", to_status="RESOLVED")
    assert moved.public_text == "Sayın Ayşe Yılmaz, çukur kapatıldı."
    assert moved.note == "Alpaslan: makroyla kapatıldı"
    assert moved.announce
    assert not ticket.events.filter(kind="replied").exists()


def test_beside_a_silent_move_the_answer_is_a_reply(world: World, channel: Reached) -> None:
    ticket = run(world, world.resolved(), macro(move_to="CLOSED"))
    assert ticket.status == "CLOSED"
    assert ticket.events.get(kind="replied").public_text == "Sayın Ayşe Yılmaz, çukur kapatıldı."


def test_one_without_a_move_replies_and_notes(world: World, channel: Reached) -> None:
    ticket = run(world, world.assigned(), macro(move_to=""))
    assert ticket.status == "ASSIGNED"
    kinds = set(ticket.events.values_list("kind", flat=True))
    assert {"replied", "note"} <= kinds


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"move_to": "CLOSED"}, NoSuchTransition),  # not from where the ticket stands
        ({"move_to": "REJECTED", "reason": ""}, MissingFields),
        ({"move_to": "REDIRECTED"}, MissingFields),
        ({"move_to": "", "note": "", "active": True}, NoSuchTransition),  # no macro
        ({"active": False}, NoSuchTransition),
    ],
)
def test_what_may_not_be_done_in_part_is_not_done_at_all(
    world: World, channel: Reached, facts: dict[str, Any], refusal: type[TransitionError]
) -> None:
    ticket = world.assigned()
    before = ticket.events.count()
    with pytest.raises(refusal):
        run(world, ticket, macro(**facts))
    ticket.refresh_from_db()
    assert (ticket.status, ticket.version, ticket.events.count()) == ("ASSIGNED", 1, before)


def test_a_reply_is_not_kept_when_the_move_after_it_is_not_the_clerks(world: World, channel: Reached) -> None:
    ticket = world.move(world.assigned(), "REVIEW", answer="Kapatıldı.")  # type: ignore[arg-type]
    before = ticket.events.count()
    with pytest.raises(NotAllowed):
        run(world, ticket, macro(move_to="IN_PROGRESS"), "head_fen")
    assert ticket.events.count() == before


def test_nothing_is_done_to_a_ticket_that_has_changed(world: World, channel: Reached) -> None:
    ticket = world.assigned()
    add_note(ticket=ticket, actor=world.actor("operator"), now=NOW, text="Baktım")
    with pytest.raises(StaleVersion):
        run(world, ticket, macro(), version=1)


def test_a_macro_that_was_changed_since_its_preview_is_not_run(world: World, channel: Reached) -> None:
    ticket, what = world.assigned(neighbourhood=world.mahalle), macro()
    seen = what.stamp
    what.note = "başka bir not"
    what.save()
    with pytest.raises(StaleVersion, match="Makro"):
        run(world, ticket, what, stamp=seen)
    run(world, ticket, what, stamp=what.stamp)


def test_what_a_macro_notes_mentions_nobody(world: World, channel: Reached) -> None:
    world.citizen.name = "@crew_fen"
    world.citizen.save()
    run(world, world.assigned(), macro(move_to="", note="{ad} arandı"))
    assert not Notification.objects.filter(kind=Notification.Kind.MENTION).exists()


def test_what_it_will_do_is_shown_before(world: World, channel: Reached) -> None:
    ticket, what = world.assigned(), macro()
    address = f"/admin/tickets/ticket/{ticket.pk}/preview/"
    told = sign_in(world, "supervisor").post(address, {"macro": what.pk, "text": "Kapatıldı."}).json()
    assert told["text"] == "Kapatıldı."
    assert told["changes"] == ["Durum: Birime iletildi → Çözüldü", "İç not: {mahalle}: makroyla kapatıldı"]
    refused = sign_in(world, "operator").post(address, {"macro": what.pk, "text": "Kapatıldı."}).json()
    assert "yetkiniz yok" in refused["reason"]


def test_the_page_applies_it_with_the_words_as_they_were_typed(world: World, channel: Reached) -> None:
    ticket, what = world.assigned(), macro()
    typed = {"version": 1, "macro": what.pk, "text": "Sayın Ayşe Yılmaz, dün kapatıldı."}
    sign_in(world, "supervisor").post(f"/admin/tickets/ticket/{ticket.pk}/macro/", typed)
    ticket.refresh_from_db()
    assert ticket.status == "RESOLVED"
    assert ticket.events.get(to_status="RESOLVED").public_text == "Sayın Ayşe Yılmaz, dün kapatıldı."


@pytest.mark.parametrize(
    ("move_to", "refused"), [("ASSIGNED", True), ("DUPLICATE", True), ("RESOLVED", False)]
)
def test_a_macro_moves_only_where_no_more_is_asked(world: World, move_to: str, refused: bool) -> None:
    data = {"title": "Makro", "text": "Sayın {ad}", "language": "tr", "active": "on", "move_to": move_to}
    page = sign_in(world, "supervisor").post("/admin/tickets/cannedanswer/add/", data)
    assert ("makroyla geçilmez" in page.content.decode()) == refused


def test_one_that_hands_in_for_approval_proposes_the_text_and_writes_to_nobody(
    world: World, channel: Reached
) -> None:
    ticket, what = world.assigned(), macro(move_to="REVIEW", note="")
    preview = preview_macro(
        ticket=ticket, macro=what, actor=world.actor("supervisor"), now=NOW, text="Kapatıldı."
    )
    assert preview.news is None
    assert "Önerilen cevap: Kapatıldı." in preview.changes
    ticket = run(world, ticket, what, text="Kapatıldı.")
    assert (ticket.status, ticket.proposed_answer()) == ("REVIEW", "Kapatıldı.")
    assert not ticket.events.filter(kind="replied").exists()


def test_the_form_of_a_move_asks_for_no_text_that_the_citizen_would_not_read(
    world: World, channel: Reached
) -> None:
    ticket = world.assigned()
    page = sign_in(world, "supervisor").get(f"/admin/tickets/ticket/{ticket.pk}/change/").content.decode()
    assert "id_IN_PROGRESS_note" in page
    assert "id_IN_PROGRESS_answer" not in page
    assert "id_REDIRECTED_answer" in page
    channel.in_silence = {Status.REDIRECTED}
    page = sign_in(world, "supervisor").get(f"/admin/tickets/ticket/{ticket.pk}/change/").content.decode()
    assert "id_REDIRECTED_answer" not in page


def test_a_file_beside_a_macro_is_refused_and_the_macro_stays_one(world: World, channel: Reached) -> None:
    ticket, what = world.assigned(), macro()
    file = SimpleUploadedFile("a.pdf", b"%PDF-1.7", "application/pdf")
    typed = {"version": 1, "macro": what.pk, "text": "Kapatıldı.", "file": file}
    refused = sign_in(world, "supervisor").post(f"/admin/tickets/ticket/{ticket.pk}/macro/", typed)
    page = refused.content.decode()
    assert "Makroyla dosya gitmez" in page
    assert f'name="macro" value="{what.pk}"' in page
    assert "dosya duramadı: yeniden seçin" in page
    ticket.refresh_from_db()
    assert ticket.status == "ASSIGNED"


def test_a_macro_that_came_too_late_stays_one(world: World, channel: Reached) -> None:
    ticket, what = world.assigned(), macro()
    add_note(ticket=ticket, actor=world.actor("operator"), now=NOW, text="Bakıyorum")
    typed = {"version": 1, "macro": what.pk, "text": "Kapatıldı."}
    refused = sign_in(world, "supervisor").post(f"/admin/tickets/ticket/{ticket.pk}/macro/", typed)
    assert refused.status_code == 409
    assert f'name="macro" value="{what.pk}"' in refused.content.decode()
