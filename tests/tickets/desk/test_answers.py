"""What the reply box asks for while somebody types: canned answers, colleagues, tickets of a number; and drafts."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from departments.models import Category, Department, DutyShift, Membership, Role
from tests.tickets.recording_channel import Reached
from tests.tickets.world import FUTURE, NOW, World, sign_in
from tickets.answering.replies import reply
from tickets.casework.mentions import may_be_mentioned
from tickets.casework.notes import add_note
from tickets.models import CannedAnswer, Notification, ReplyDraft, Ticket
from tickets.record.permissions import visible_to, who_may_see
from tickets.record.search import numbered
from tickets.record.statuses import Status
from tickets.record.workflow import MissingFields


def ask(client: Client, ticket: Ticket, name: str, **query: str) -> Any:
    return client.get(f"/admin/tickets/ticket/{ticket.pk}/{name}/", query).json()


def titles(client: Client, ticket: Ticket) -> list[str]:
    return [each["title"] for each in ask(client, ticket, "answers")["answers"]]


# --- canned answers ---------------------------------------------------------------------------------------------
def test_canned_answers_are_those_of_the_category_and_status_with_their_gaps_filled(
    world: World, channel: Reached
) -> None:
    CannedAnswer.objects.create(title="Genel", text="Sayın {ad}, {numara} numaralı başvurunuz bizde.")
    CannedAnswer.objects.create(title="Başka konu", text="x", category=world.misconduct)
    CannedAnswer.objects.create(title="Başka durum", text="x", status="RESOLVED")
    CannedAnswer.objects.create(title="Eskimiş", text="x", active=False)
    ticket = world.assigned()
    [answer] = ask(sign_in(world, "operator"), ticket, "answers")["answers"]
    assert answer["title"] == "Genel"
    assert answer["text"] == f"Sayın Ayşe Yılmaz, {ticket.number} numaralı başvurunuz bizde."


def test_those_in_the_language_of_the_talk_come_first_then_those_of_the_subject(
    world: World, channel: Reached
) -> None:
    CannedAnswer.objects.create(title="A", text="x")
    CannedAnswer.objects.create(title="B", text="x", category=world.pothole)
    CannedAnswer.objects.create(title="C", text="x", language="en")
    ticket, client = world.assigned(), sign_in(world, "operator")
    assert titles(client, ticket) == ["B", "A", "C"]
    channel.language = "en"
    assert titles(client, ticket) == ["C", "B", "A"]


def test_a_macro_is_offered_where_its_move_can_be_made(world: World, channel: Reached) -> None:
    CannedAnswer.objects.create(title="Çözüldü", text="x", move_to="RESOLVED", note="y")
    ticket = world.assigned()
    [offered] = ask(sign_in(world, "supervisor"), ticket, "answers")["answers"]
    assert offered["does"] == "Durum: Çözüldü, iç not"
    assert titles(sign_in(world, "operator"), ticket) == []


def test_who_may_not_write_is_offered_nothing(world: World, channel: Reached) -> None:
    address = f"/admin/tickets/ticket/{world.assigned().pk}/answers/"
    assert sign_in(world, "crew_fen").get(address).status_code == 403


# --- colleagues --------------------------------------------------------------------------------------------------
def note(world: World, ticket: Ticket, text: str) -> Ticket:
    return add_note(ticket=ticket, actor=world.actor("operator"), now=NOW, text=text)


def told(kind: str = "mention") -> list[str]:
    rows = Notification.objects.filter(kind=kind).order_by("id")
    return list(rows.values_list("user__username", flat=True))


def test_whoever_a_note_names_is_told_once(world: World) -> None:
    note(world, world.assigned(), "@supervisor bakar mısın? @supervisor, @head_fen ve eski@supervisor")
    assert told() == ["supervisor", "head_fen"]


def test_nobody_is_told_of_their_own_note(world: World) -> None:
    note(world, world.assigned(), "@operator kendime not")
    assert told() == []


def test_words_after_an_at_that_are_nobodys_name_are_words(world: World) -> None:
    ticket = note(world, world.assigned(), "Vatandaş @melikgazi hesabına yazmış")
    assert ticket.events.filter(kind="note").count() == 1
    assert told() == []


def test_a_note_that_names_somebody_who_may_not_see_the_ticket_is_refused(world: World) -> None:
    ticket = world.assigned()
    with pytest.raises(MissingFields, match="@head_park"):
        note(world, ticket, "@head_park size mi ait?")
    assert not ticket.events.filter(kind="note").exists()


def test_colleagues_are_offered_by_the_beginning_of_their_names_if_they_may_see_it(world: World) -> None:
    for who in ("head_fen", "head_park"):
        user = world.user(who)
        user.first_name, user.last_name = "Işıl", f"Şahin {who[-3:]}"
        user.save()
    client, ticket = sign_in(world, "operator"), world.assigned()
    for typed in ("isil", "SAH", "head"):
        found = ask(client, ticket, "colleagues", q=typed)["colleagues"]
        assert [each["username"] for each in found] == ["head_fen"]


def test_a_note_names_somebody_in_whatever_case(world: World) -> None:
    note(world, world.assigned(), "@Supervisor ve @HEAD_FEN bakar mısınız?")
    assert told() == ["supervisor", "head_fen"]


def test_the_note_of_a_move_tells_whoever_it_names(world: World) -> None:
    ticket = world.move(world.assigned(), Status.IN_PROGRESS, note="@head_fen başladık")
    assert told() == ["head_fen"]
    with pytest.raises(MissingFields, match="@head_park"):
        world.move(ticket, Status.PLANNED, planned_for=FUTURE, note="@head_park size mi ait?")


def test_of_a_name_that_is_nobodys_the_page_says_so(world: World) -> None:
    ticket, client = world.assigned(), sign_in(world, "operator")
    address = f"/admin/tickets/ticket/{ticket.pk}/note/"
    page = client.post(address, {"version": 1, "text": "@ayse2 bakar mı?"}, follow=True).content.decode()
    assert "@ayse2: böyle bir görevli yok" in page


def test_colleagues_are_offered_in_as_many_statements_however_many_there_are(world: World) -> None:
    ticket = world.assigned()

    def statements() -> int:
        with CaptureQueriesContext(connection) as asked:
            may_be_mentioned(ticket, "")
        return len(asked)

    assert statements() == 1
    for number in range(40):
        user = User.objects.create_user(f"crew{number}", is_staff=True)
        Membership.objects.create(user=user, role=Role.CREW, department=world.park)
    assert statements() == 1


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"restricted": True},
        {"danger": "fire", "urgent": True},
        {"danger": "fire", "urgent": True, "restricted": True},
        {"department": None},
        {"department": None, "restricted": True},
    ],
)
@pytest.mark.parametrize("secret", [False, True])
def test_who_may_see_a_ticket_are_those_to_whom_it_is_visible(
    world: World, facts: dict[str, Any], secret: bool
) -> None:
    now = timezone.now()
    shift = {"starts_at": now - timedelta(hours=1), "ends_at": now + timedelta(hours=1)}
    DutyShift.objects.create(user=world.user("roleless"), **shift)
    DutyShift.objects.create(user=world.user("crew_park"), department=world.park, **shift)
    DutyShift.objects.create(user=world.user("crew_fen"), department=world.fen, **shift)
    category = world.misconduct if secret else world.pothole
    ticket = world.open(**({"department": world.fen, "category": category} | facts))
    for handed in ({}, {"assignee": world.user("crew_park")}, {"claimed_by": world.user("operator")}):
        Ticket.objects.filter(pk=ticket.pk).update(**handed)
        row = Ticket.objects.select_related("category", "department").get(pk=ticket.pk)
        seen = {each.username for each in User.objects.all() if visible_to(each).filter(pk=row.pk).exists()}
        assert {each.username for each in who_may_see(row)} == seen


# --- tickets of a number -----------------------------------------------------------------------------------------
def test_a_ticket_is_shown_by_its_number_however_it_is_written(world: World) -> None:
    one, other = world.assigned(), world.assigned(description="Aynı çukur, okulun önü")
    client = sign_in(world, "operator")
    serial = str(int(other.number.rpartition("-")[2]))
    for written in (other.number, other.number.lower(), serial):
        [found] = ask(client, one, "numbered", q=written)["tickets"]
        assert found["number"] == other.number
        assert "okulun önü" in found["words"]


def test_neither_itself_nor_what_the_clerk_may_not_see_is_shown(world: World) -> None:
    one, closed = world.assigned(), world.open(category=world.misconduct)
    client = sign_in(world, "operator")
    for number in (one.number, closed.number, "", "999999", "x" * 50):
        assert ask(client, one, "numbered", q=number)["tickets"] == []


def test_a_serial_alone_is_that_of_any_year(world: World) -> None:
    one = world.assigned()
    old = world.assigned()
    serial = one.number.rpartition("-")[2]
    Ticket.objects.filter(pk=old.pk).update(number=f"MG-2025-{serial}", search=one.search)
    assert {each.pk for each in numbered(Ticket.objects.all(), serial)} == {one.pk, old.pk}


# --- drafts ------------------------------------------------------------------------------------------------------
def type_in(client: Client, ticket: Ticket, text: str) -> Any:
    return client.post(f"/admin/tickets/ticket/{ticket.pk}/draft/", {"text": text})


def test_what_was_typed_is_there_on_another_device(world: World, channel: Reached) -> None:
    ticket = world.assigned()
    type_in(sign_in(world, "operator"), ticket, "Yarın ekip")
    assert (
        "Yarın ekip</textarea>"
        in sign_in(world, "operator").get(f"/admin/tickets/ticket/{ticket.pk}/change/").content.decode()
    )
    assert (
        "Yarın ekip"
        not in sign_in(world, "supervisor").get(f"/admin/tickets/ticket/{ticket.pk}/change/").content.decode()
    )


def test_two_who_write_to_the_same_person_hear_of_each_other(world: World, channel: Reached) -> None:
    ticket, other = world.assigned(), world.assigned()
    assert type_in(sign_in(world, "operator"), ticket, "Yarın").json()["writing"] == []
    assert type_in(sign_in(world, "supervisor"), other, "Bugün").json()["writing"] == ["operator"]
    pulse = sign_in(world, "operator").post(f"/admin/tickets/ticket/{ticket.pk}/pulse/").json()
    assert pulse["writing"] == ["supervisor"]
    ReplyDraft.objects.update(updated_at=timezone.now() - timedelta(minutes=1))
    assert type_in(sign_in(world, "operator"), ticket, "Yarın").json()["writing"] == []


def test_what_is_sent_or_emptied_is_no_draft_any_more(world: World, channel: Reached) -> None:
    ticket, client = world.assigned(), sign_in(world, "operator")
    type_in(client, ticket, "Yarın")
    reply(ticket=ticket, actor=world.actor("operator"), now=NOW, text="Yarın")
    assert not ReplyDraft.objects.exists()
    type_in(client, ticket, "Yarın")
    type_in(client, ticket, " ")
    assert not ReplyDraft.objects.exists()


def test_who_may_not_write_keeps_no_draft(world: World, channel: Reached) -> None:
    assert type_in(sign_in(world, "crew_fen"), world.assigned(), "Yarın").status_code == 403


# --- the subject -------------------------------------------------------------------------------------------------
def test_a_subject_is_found_by_its_department_and_by_what_citizens_call_it(
    world: World, channel: Reached
) -> None:
    shown = (
        sign_in(world, "operator")
        .get(f"/admin/tickets/ticket/{world.assigned().pk}/change/")
        .content.decode()
    )
    option = shown[shown.index('data-words="Yolda çukur') :][:400]
    assert "Fen İşleri" in option
    assert "pothole" in option


def test_a_proposal_under_the_threshold_has_no_key(world: World, channel: Reached) -> None:
    other = Category.objects.create(
        code="kaldirim",
        name="Kaldırım",
        department=Department.objects.get(code="FEN"),
        parent=world.pothole.parent,
        sure_from=0.75,
    )
    for confidence, keyed in ((0.74, False), (0.75, True)):
        routed = {"category": other.code, "confidence": confidence}
        ticket = world.open(category=None, routed=routed)
        shown = sign_in(world, "operator").get(f"/admin/tickets/ticket/{ticket.pk}/change/").content.decode()
        assert ("data-accept" in shown) == keyed
        assert ">Uygula" in shown or "Uygula</button>" in shown
