"""The page of one citizen: whom it shows to whom, notes with a purpose, and blocks."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone
from typing_extensions import override

from tests.tickets.recording_channel import Reached
from tests.tickets.world import NOW, World, sign_in
from tickets.answering.phone_calls import log_call
from tickets.casework.rating import rate
from tickets.citizens import blocks
from tickets.citizens.blocks import end_blocks, lift_block
from tickets.citizens.notes import delete_note, note_citizen
from tickets.models import Access, Citizen, CitizenBlock, CitizenNote, PhoneCall, Ticket
from tickets.record import channel as ports
from tickets.record.permissions import Actor
from tickets.record.workflow import MissingFields, NoSuchTransition, NotAllowed


def address(citizen: Citizen, what: str = "change") -> str:
    return f"/admin/tickets/citizen/{citizen.pk}/{what}/"


def shown(client: Client, citizen: Citizen) -> str:
    page = client.get(address(citizen))
    assert page.status_code == 200
    return page.content.decode()


def test_a_heading_has_a_turkish_capital_where_it_stands_before_each_value(world: World) -> None:
    html = sign_in(world, "operator").get("/admin/tickets/citizen/").content.decode()
    assert 'data-label="İlk yazışma"' in html


# --- who sees what -----------------------------------------------------------------------------------------------
def test_it_shows_tickets_ratings_calls_and_a_masked_number(world: World, channel: Reached) -> None:
    ticket = world.resolved()
    rate(ticket=ticket, actor=Actor.citizen(), now=NOW, score=5, comment="Ellerinize sağlık")
    log_call(citizen=world.citizen, ticket=ticket, actor=world.actor("operator"), now=NOW, result="talked")
    page = shown(sign_in(world, "operator"), world.citizen)
    for word in (ticket.number, "Ellerinize sağlık", "Konuştum", "+90 5** *** ** 67", "Türkçe"):
        assert word in page
    assert "5321234567" not in page


def test_opening_it_stands_in_the_access_log(world: World, channel: Reached) -> None:
    ticket = world.assigned()
    shown(sign_in(world, "operator"), world.citizen)
    entry = Access.objects.get(page="admin:tickets_citizen_change")
    assert (entry.citizens, entry.tickets) == ([world.citizen.pk], [ticket.number])


def test_the_number_is_opened_on_demand_and_that_is_logged(world: World, channel: Reached) -> None:
    world.assigned()
    told = sign_in(world, "operator").post(address(world.citizen, "phone")).json()
    assert told == {"phone": "+905321234567"}
    assert Access.objects.get(what="unmasked").citizens == [world.citizen.pk]


@pytest.mark.parametrize(("who", "may"), [("head_fen", True), ("crew_fen", False)])
def test_the_number_is_opened_by_those_whose_work_it_is(
    world: World, channel: Reached, who: str, may: bool
) -> None:
    world.assigned()
    assert (sign_in(world, who).post(address(world.citizen, "phone")).status_code == 200) == may


@pytest.mark.parametrize(
    ("who", "status"), [("operator", 404), ("head_park", 404), ("supervisor", 200), ("head_fen", 200)]
)
def test_somebody_with_tickets_that_one_may_not_see_is_not_there(
    world: World, channel: Reached, who: str, status: int
) -> None:
    world.open(category=world.misconduct, department=world.fen)
    assert sign_in(world, who).get(address(world.citizen)).status_code == status


def test_the_call_centre_finds_somebody_without_a_ticket(world: World, channel: Reached) -> None:
    caller = Citizen.objects.create(name="Yeni Arayan", phone="+905339998877")
    assert "Yeni Arayan" in shown(sign_in(world, "operator"), caller)
    assert sign_in(world, "head_fen").get(address(caller)).status_code == 404


class Loose(Reached):
    """A channel on which somebody said a word about no ticket."""

    @override
    def conversation(
        self, _citizen: Citizen, _tickets: QuerySet[Ticket], /, *, loose: bool = True
    ) -> list[ports.ChannelMessage]:
        said = ports.ChannelMessage(at=NOW, direction="in", text="Mavikelam", kind="text")
        return [said] if loose else []


@pytest.mark.parametrize(
    ("who", "reads"), [("operator", True), ("supervisor", True), ("head_fen", False), ("dpo", False)]
)
def test_what_is_about_no_ticket_is_the_call_centres_to_read(
    world: World, channel: Reached, who: str, reads: bool
) -> None:
    world.assigned()
    ports.register(Loose())
    assert ("Mavikelam" in shown(sign_in(world, who), world.citizen)) == reads


@pytest.mark.parametrize("who", ["head_fen", "crew_fen", "dpo"])
def test_what_the_call_centre_keeps_of_people_is_not_for_others(
    world: World, channel: Reached, who: str
) -> None:
    world.assigned()
    keep(world, text="İşitme engelli, yazarak")
    client = sign_in(world, who)
    assert "İşitme engelli" not in shown(client, world.citizen)
    for what in ("note_citizen", "call", "block"):
        assert client.post(address(world.citizen, f"do/{what}")).status_code == 403


def test_a_call_about_a_ticket_that_one_may_not_see_is_left_out(world: World, channel: Reached) -> None:
    world.assigned()
    closed = world.open(category=world.misconduct)
    PhoneCall.objects.create(
        citizen=world.citizen,
        ticket=closed,
        result="talked",
        note="Gizli",
        by=world.user("supervisor"),
        at=NOW,
    )
    assert "Gizli" not in shown(sign_in(world, "operator"), world.citizen)
    assert "Gizli" in shown(sign_in(world, "supervisor"), world.citizen)


# --- notes -------------------------------------------------------------------------------------------------------
def keep(world: World, by: str = "operator", **changes: Any) -> CitizenNote:
    facts: dict[str, Any] = {"text": "İşitme engelli", "purpose": "access", "now": NOW}
    return note_citizen(citizen=world.citizen, actor=world.actor(by), **facts | changes)


def test_a_note_about_a_person_says_for_what_it_is_kept(world: World, channel: Reached) -> None:
    client = sign_in(world, "operator")
    client.post(address(world.citizen, "do/note_citizen"), {"purpose": "access", "text": "İşitme engelli"})
    page = shown(client, world.citizen)
    assert "İşitme engelli" in page
    assert "Erişim ihtiyacı" in page


@pytest.mark.parametrize("changes", [{"text": " "}, {"purpose": ""}, {"purpose": "gossip"}])
def test_a_note_without_words_or_purpose_is_refused(world: World, changes: dict[str, str]) -> None:
    with pytest.raises(MissingFields):
        keep(world, **changes)


def test_nothing_is_noted_of_somebody_whose_data_were_erased_meanwhile(world: World) -> None:
    Citizen.objects.filter(pk=world.citizen.pk).update(forgotten_at=NOW)
    with pytest.raises(NoSuchTransition):
        keep(world)
    assert not CitizenNote.objects.exists()


def test_what_was_typed_stays_when_it_is_refused(world: World, channel: Reached) -> None:
    page = sign_in(world, "operator").post(
        address(world.citizen, "do/note_citizen"), {"purpose": "", "text": "İşitme engelli"}
    )
    assert page.status_code == 400
    assert 'value="İşitme engelli"' in page.content.decode()


def test_a_note_is_deleted_by_its_author_or_a_supervisor(world: World) -> None:
    note = keep(world, "supervisor")
    with pytest.raises(NotAllowed):
        delete_note(note=note, actor=world.actor("operator"), now=NOW)
    delete_note(note=note, actor=world.actor("admin"), now=NOW)
    delete_note(note=keep(world), actor=world.actor("operator"), now=NOW)
    assert not CitizenNote.objects.exists()


# --- blocks ------------------------------------------------------------------------------------------------------
WEEK = timedelta(days=7)


def block(world: World, by: str = "supervisor", **changes: Any) -> CitizenBlock:
    facts: dict[str, Any] = {"reason": "Sürekli hakaret", "until": NOW + WEEK, "now": NOW}
    return blocks.block(citizen=world.citizen, actor=world.actor(by), **facts | changes)


def test_a_supervisor_blocks_somebody_for_a_reason_and_a_time(world: World, channel: Reached) -> None:
    block(world)
    assert channel.blocked == {world.citizen.pk}
    end_blocks(now=NOW + WEEK - timedelta(seconds=1))
    assert channel.blocked
    end_blocks(now=NOW + WEEK)
    assert not channel.blocked
    assert CitizenBlock.objects.get().lifted_at == NOW + WEEK


def test_a_block_is_lifted_before_its_time(world: World, channel: Reached) -> None:
    block(world)
    lift_block(citizen=world.citizen, actor=world.actor("supervisor"), now=NOW)
    assert not channel.blocked
    with pytest.raises(NoSuchTransition):
        lift_block(citizen=world.citizen, actor=world.actor("supervisor"), now=NOW)


@pytest.mark.parametrize(
    "changes", [{"reason": " "}, {"until": NOW}, {"until": NOW + timedelta(days=366)}], ids=str
)
def test_a_block_needs_a_reason_and_an_end(world: World, channel: Reached, changes: dict[str, Any]) -> None:
    with pytest.raises(MissingFields):
        block(world, **changes)
    assert not channel.blocked


def test_nobody_is_blocked_twice(world: World, channel: Reached) -> None:
    block(world)
    with pytest.raises(NoSuchTransition):
        block(world)


def test_an_operator_blocks_nobody(world: World, channel: Reached) -> None:
    with pytest.raises(NotAllowed):
        block(world, "operator")
    assert not channel.blocked


def test_the_page_says_that_somebody_is_blocked_and_why(world: World, channel: Reached) -> None:
    client, until = sign_in(world, "supervisor"), timezone.localdate() + WEEK
    sent = {"reason": "Sürekli hakaret", "until": until.isoformat()}
    assert client.post(address(world.citizen, "do/block"), sent).status_code == 302
    page = shown(sign_in(world, "operator"), world.citizen)
    assert "Engelli: hat cevap vermez" in page
    assert "Sürekli hakaret" in page
