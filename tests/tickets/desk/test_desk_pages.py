"""What the desk serves: files and drafts of a talk without a ticket, and whether anything changed on its list."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db.models import QuerySet
from django.utils import timezone
from typing_extensions import override

from tests.tickets.answering.test_waiting_conversations import Told
from tests.tickets.desk.test_pulse import news
from tests.tickets.desk.test_waiting_list import LIST, ask
from tests.tickets.world import World, sign_in
from tickets.answering import conversations
from tickets.casework.assigning import assign
from tickets.casework.awaiting_staff import request_staff
from tickets.casework.classifying import classify
from tickets.files.storage import private_storage
from tickets.models import Access, CannedAnswer, Citizen, ReplyDraft, Ticket, WaitingConversation
from tickets.record import channel as ports
from tickets.record.channel import ChannelMessage, LooseFile
from tickets.record.statuses import Status

SOUND = b"OggS" + b"\0" * 40


class WithFile(Told):
    """The citizen said nothing but sent a voice message."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.file = LooseFile("m7", "audio", "audio/ogg", name, "", "")

    @override
    def conversation(
        self, citizen: Citizen, _tickets: QuerySet[Ticket], /, *, loose: bool = True
    ) -> list[ChannelMessage]:
        if citizen.name == "Veli":
            return []
        return [ChannelMessage(at=timezone.now(), direction="in", text="", kind="audio", file=self.file)]


@pytest.fixture
def voice() -> Iterator[WithFile]:
    name = private_storage.save("media/ses.ogg", ContentFile(SOUND))
    channel = WithFile(name)
    before = ports.register(channel)
    yield channel
    ports.register(before)
    private_storage.delete(name)


def test_a_voice_message_of_a_talk_without_a_ticket_is_heard_there_and_that_is_kept(
    world: World, voice: WithFile
) -> None:
    talk, client = ask(world, 0.5), sign_in(world, "operator")
    address = f"{LIST}{talk.pk}/dosya/m7/file/"
    assert address in client.get(f"{LIST}{talk.pk}/").content.decode()
    answer: Any = client.get(address)
    assert (b"".join(answer.streaming_content), answer.headers["Content-Type"]) == (SOUND, "audio/ogg")
    assert Access.objects.filter(page="bekleyen_dosya", what=Access.What.OPENED).count() == 1


def test_a_file_is_served_with_no_talk_but_its_own(world: World, voice: WithFile) -> None:
    other = request_staff(
        citizen=Citizen.objects.create(name="Veli"),
        reason=WaitingConversation.Reason.ASKED,
        words="",
        now=timezone.now(),
    )
    client = sign_in(world, "operator")
    assert client.get(f"{LIST}{other.pk}/dosya/m7/file/").status_code == 404
    assert client.get(f"{LIST}{ask(world).pk}/dosya/m8/file/").status_code == 404
    assert sign_in(world, "head_fen").get(f"{LIST}{ask(world).pk}/dosya/m7/file/").status_code in (403, 404)


def test_a_ticket_can_be_opened_of_files_alone(world: World, voice: WithFile) -> None:
    row = ask(world, 0.5)
    ticket = conversations.make_ticket(handover=row, actor=world.actor("operator"), now=timezone.now())
    assert (ticket.description, ticket.description_missing) == ("", True)


def test_what_is_typed_in_a_talk_without_a_ticket_is_found_on_another_device(
    world: World, voice: WithFile
) -> None:
    talk = ask(world)
    sign_in(world, "operator").post(f"{LIST}{talk.pk}/taslak/", {"text": "Yarım kalan"})
    assert ReplyDraft.objects.get().text == "Yarım kalan"
    assert "Yarım kalan" in sign_in(world, "operator").get(f"{LIST}{talk.pk}/").content.decode()
    assert "Yarım kalan" not in sign_in(world, "supervisor").get(f"{LIST}{talk.pk}/").content.decode()


def test_whatever_a_row_says_has_the_list_renewed_when_it_changes(world: World) -> None:
    operator, actor, ticket = (
        sign_in(world, "operator"),
        world.actor("supervisor"),
        world.assigned(now=timezone.now()),
    )
    Ticket.objects.update(waits_since=None)  # the citizen heard of it: the row counts from when it was given
    ask(world, 2)
    changes: tuple[tuple[Callable[[], object], bool], ...] = (
        (
            lambda: assign(ticket=ticket, actor=actor, now=timezone.now(), assignee=world.user("operator")),
            True,
        ),
        (lambda: WaitingConversation.objects.update(escalated_at=timezone.now()), True),
        (
            lambda: world.move(ticket, Status.IN_PROGRESS, by="supervisor", now=timezone.now()),
            False,  # of a ticket that one has the row says the same
        ),
        (
            lambda: classify(ticket=ticket, actor=actor, now=timezone.now(), category=world.misconduct),
            True,
        ),
    )
    for change, shows in changes:
        before, etag = news(operator)["list"], operator.get(LIST, {"live": 1}).headers["ETag"]
        change()
        assert news(operator)["list"] != before
        again = operator.get(LIST, {"live": 1}, HTTP_IF_NONE_MATCH=etag)
        assert again.status_code == (200 if shows else 304)


def test_each_part_of_the_list_tells_of_all_who_wait(world: World) -> None:
    talk, client = ask(world), sign_in(world, "operator")
    for tab in ("", "bende", "ertelenen"):
        page = client.get(LIST, {"live": 1, "gorunum": tab}).content.decode()
        assert f'data-keys="h{talk.pk}"' in page
        assert 'data-waiting="1"' in page


def test_of_very_many_the_newest_is_told(world: World) -> None:
    since = timezone.now() - timedelta(minutes=5)
    people = Citizen.objects.bulk_create(Citizen(name=f"Kişi {n}") for n in range(105))
    WaitingConversation.objects.bulk_create(
        WaitingConversation(citizen=each, reason="asked", since=since + timedelta(seconds=n), last_at=since)
        for n, each in enumerate(people)
    )
    page = sign_in(world, "operator").get(LIST, {"live": 1}).content.decode()
    newest = int((since + timedelta(seconds=104)).timestamp() * 1000)
    assert f'data-newest="{newest}" data-keys=""' in page


def test_taking_back_from_a_refused_page_leads_to_the_page_it_was_sent_from(world: World) -> None:
    ticket, client = world.assigned(now=timezone.now()), sign_in(world, "supervisor")
    page = f"/admin/tickets/ticket/{ticket.pk}/change/"
    refused = client.post(
        f"/admin/tickets/ticket/{ticket.pk}/move/",
        {"to": "NOWHERE"},
        headers={"referer": f"http://testserver{page}"},
    )
    assert refused.status_code >= 400
    assert f'name="next" value="{page}"' in refused.content.decode()


def test_a_talk_without_a_ticket_is_offered_the_answers_that_need_none(world: World, voice: WithFile) -> None:
    for title, text, more in (
        ("Selam", "Merhaba {ad}, buyurun.", {}),
        ("Numara", "Başvurunuz: {numara}", {}),
        ("Kapat", "Kapattık.", {"move_to": Status.RESOLVED}),
    ):
        CannedAnswer.objects.create(title=title, text=text, **more)
    offered = sign_in(world, "operator").get(f"{LIST}{ask(world).pk}/hazir/").json()["answers"]
    assert [(each["title"], each["text"]) for each in offered] == [("Selam", "Merhaba Ayşe Yılmaz, buyurun.")]
