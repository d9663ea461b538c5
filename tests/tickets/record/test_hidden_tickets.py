"""Somebody with one ticket that a reader sees and another that they may not: nothing of the other stands anywhere."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from tests.scenarios import Story, tell
from tests.test_matrix import about, patterns, text_of
from tests.tickets.world import World, sign_in
from tickets.models import CallBack, PhoneCall, Ticket, WaitingConversation
from whatsapp.models import Conversation, Message, Outbox

pytestmark = pytest.mark.slow

READERS = ("operator", "head_fen", "crew_fen", "head_park", "dpo")


@pytest.fixture
def story(world: World, settings: object, tmp_path: object) -> Story:
    settings.MEDIA_ROOT = str(tmp_path)  # type: ignore[attr-defined]
    story = tell(world, "own", "Mavikelam", "+905324714711", department=world.fen)
    story.ticket.citizen.call_backs.all().delete()  # type: ignore[union-attr]
    return story


@pytest.fixture
def hidden(world: World, story: Story) -> Ticket:
    """A complaint about staff by the same citizen, that the line has spoken of."""
    now, citizen = timezone.now(), story.ticket.citizen
    assert citizen is not None
    ticket = world.open(
        citizen=citizen, category=world.misconduct, department=world.fen, description="Gizlisöz", now=now
    )
    talk = Conversation.objects.get(citizen=citizen)
    listed = {
        "conversation": talk,
        "payload": {},
        "created_at": now,
        "not_before": now,
        "state": "sent",
        "sent_at": now,
    }
    Outbox.objects.create(
        text=f"Başvurularınız: {ticket.number} Belediye personeli. {story.ticket.number} Çukur", **listed
    )
    Outbox.objects.create(text="Belediye personeli başvurunuz alındı.", **listed)
    Message.objects.create(
        wamid="in.hidden", conversation=talk, kind="text", text=f"mg {ticket.number[3:]} ne oldu Gizlisöz",
        sent_at=now, received_at=now, state="handled", payload={},
    )  # fmt: skip
    WaitingConversation.objects.filter(citizen=citizen).update(ended_at=now, end="closed")
    waiting = WaitingConversation.objects.create(
        citizen=citizen,
        reason="asked",
        since=now,
        last_at=now,
        last_words=f"{ticket.number} Gizlisöz ne oldu",
    )
    story.add(waiting)
    PhoneCall.objects.create(
        citizen=citizen, ticket=ticket, result="busy", note="Gizlisöz", by=world.user("supervisor"), at=now
    )
    story.add(CallBack.objects.create(citizen=citizen, ticket=story.ticket, due_at=now, created_at=now))
    return ticket


def addresses(story: Story) -> Iterator[str]:
    """Every address, about what the reader may see."""
    for each in patterns(get_resolver()):
        path = about(each, story, 0).path
        if "nowhere" not in path and "logout" not in path and each.name != "api:attachment":
            yield f"/{path}"


def seen_by(client: Client, story: Story) -> dict[str, str]:
    asked = {path: text_of(client.get(path)) for path in addresses(story)}
    for query in ({"q": "Yılmaz"}, {"q": story.phone}, {"q": "Gizlis"}):
        for path in ("/admin/tickets/ticket/", "/admin/tickets/citizen/", "/api/v1/tickets/"):
            asked[f"{path}?{query}"] = text_of(client.get(path, query))
    return asked


def test_a_supervisor_is_shown_the_other_ticket(world: World, story: Story, hidden: Ticket) -> None:
    """Else the test below would find nothing in any case."""
    shown = [
        path for path, text in seen_by(sign_in(world, "supervisor"), story).items() if hidden.number in text
    ]
    talk = f"/admin/bekleyenler/{story.rows['tickets.waitingconversation']}/"
    assert {f"/admin/tickets/citizen/{hidden.citizen_id}/change/", talk} <= set(shown)


@pytest.mark.parametrize("reader", [each for each in READERS if each not in ("head_fen", "dpo")])
def test_no_page_tells_of_a_ticket_that_the_reader_may_not_see(
    world: World, story: Story, hidden: Ticket, reader: str
) -> None:
    secrets = (hidden.number, hidden.number[3:], "Gizlisöz", "Belediye personeli")
    shown = {
        path: [word for word in secrets if word in text and "categories" not in path]
        for path, text in seen_by(sign_in(world, reader), story).items()
    }
    # Subjects that one may choose for any ticket are no secret, nor are the words that were searched for.
    holes = {path: words for path, words in shown.items() if set(words) - {"Belediye personeli"}}
    assert holes == {}


def test_a_talk_shows_no_message_that_names_the_subject_of_a_hidden_ticket(
    world: World, story: Story, hidden: Ticket
) -> None:
    talk = f"/admin/bekleyenler/{story.rows['tickets.waitingconversation']}/"
    assert "personeli başvurunuz" in text_of(sign_in(world, "supervisor").get(talk))
    shown = text_of(sign_in(world, "operator").get(talk))
    assert "personeli başvurunuz" not in shown
    assert "Mavikelam" in shown


@pytest.mark.parametrize("typed", ["+905324714711", "05324714711", "0532 471 47 11", "4711"])
def test_nobody_finds_a_ticket_by_a_number_that_they_may_not_open(
    world: World, story: Story, typed: str
) -> None:
    for reader, found in (("crew_fen", False), ("head_fen", True), ("operator", True)):
        client = sign_in(world, reader)
        listed = client.get("/api/v1/tickets/", {"q": typed}).json()["results"]
        assert bool(listed) == found
        assert (story.ticket.number in text_of(client.get("/admin/tickets/ticket/", {"q": typed}))) == found
        people = text_of(client.get("/admin/tickets/citizen/", {"q": typed}))
        assert ("Mavikelam" in people) == found


def test_who_is_given_a_ticket_finds_it_by_its_number(world: World, story: Story) -> None:
    Ticket.objects.filter(pk=story.ticket.pk).update(assignee=world.user("crew_fen"))
    listed = sign_in(world, "crew_fen").get("/api/v1/tickets/", {"q": story.phone}).json()["results"]
    assert [each["number"] for each in listed] == [story.ticket.number]
