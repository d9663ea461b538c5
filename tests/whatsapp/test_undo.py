"""What staff write by hand: held for five seconds, taken back or sent, and then the line is silent."""

from collections.abc import Iterator
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from departments.models import Agency
from tests.whatsapp import wire
from tests.whatsapp.beginnings import Beginning, Stage
from tests.whatsapp.line import Line
from tests.whatsapp.meta import Meta
from tests.whatsapp.wire import AYSE
from tickets.answering.replies import hand_back, take_over
from tickets.casework.transitions import change_status, news_of
from tickets.models import Act, Ticket, TicketEvent
from tickets.record import channel
from tickets.record.permissions import Actor, actor_of
from tickets.record.statuses import Status
from tickets.record.workflow import NoSuchTransition
from tickets.undo import actions
from tickets.undo.actions import perform
from whatsapp.channel.port import WhatsApp
from whatsapp.models import Conversation, Message, Outbox
from whatsapp.texts import template_parameters

Reported = tuple[Line, Ticket, Actor]


def report(line: Line) -> Reported:
    line.hear(wire.text(AYSE, "Alpaslan mahallesinde yolda büyük çukur var, asfalt bozuk"))
    line.later(seconds=7)
    line.meta.sent.clear()
    return line, line.ticket(), actor_of(User.objects.create_superuser("clerk"))


@pytest.fixture(scope="module")
def begun(stage: Stage) -> Iterator[Beginning[Reported]]:
    yield from stage.begin(report)


@pytest.fixture
def reported(begun: Beginning[Reported], db: None, meta: Meta, media_root: Path) -> Reported:
    return begun.go_on(meta, media_root)


@pytest.fixture
def line(reported: Reported) -> Line:
    return reported[0]


@pytest.fixture
def ticket(reported: Reported) -> Ticket:
    return reported[1]


@pytest.fixture
def clerk(reported: Reported) -> Actor:
    return reported[2]


def say(line: Line, ticket: Ticket, clerk: Actor, text: str = "Ekibimiz yolda.") -> TicketEvent:
    event: TicketEvent = perform("reply", ticket=ticket, actor=clerk, now=line.now, text=text)
    return event


def take_back(line: Line, clerk: Actor) -> None:
    """What was written last."""
    actions.undo(act=Act.objects.latest("pk"), actor=clerk, now=line.now)


def written(ticket: Ticket, text: str) -> TicketEvent:
    """A reply that is not sent."""
    return TicketEvent(ticket=ticket, kind=TicketEvent.Kind.REPLIED, public_text=text)


def test_a_reply_leaves_after_five_seconds_and_not_before(line: Line, ticket: Ticket, clerk: Actor) -> None:
    say(line, ticket, clerk)
    line.later(seconds=4)
    assert line.meta.texts() == []
    line.later(seconds=2)
    assert line.meta.texts() == ["Ekibimiz yolda."]


def test_a_reply_taken_back_never_leaves(line: Line, ticket: Ticket, clerk: Actor) -> None:
    say(line, ticket, clerk)
    line.later(seconds=1)
    take_back(line, clerk)
    line.later(minutes=5)
    assert line.meta.texts() == []
    assert not Outbox.objects.filter(text="Ekibimiz yolda.").exists()


def test_a_reply_is_taken_back_even_before_it_was_put_down_for_sending(
    line: Line, ticket: Ticket, clerk: Actor
) -> None:
    say(line, ticket, clerk)
    take_back(line, clerk)
    line.later(minutes=5)
    assert line.meta.texts() == []


def test_what_has_left_is_not_taken_back(line: Line, ticket: Ticket, clerk: Actor) -> None:
    say(line, ticket, clerk)
    line.later(seconds=6)
    with pytest.raises(NoSuchTransition):
        take_back(line, clerk)


def test_what_is_held_back_holds_up_no_other_word(line: Line, ticket: Ticket, clerk: Actor) -> None:
    say(line, ticket, clerk)
    line.later(seconds=1)
    change_status(ticket=ticket, to=Status.IN_PROGRESS, actor=clerk, now=line.now)
    line.later(seconds=1)
    assert len(line.meta.texts()) == 1
    line.later(seconds=4)
    assert line.meta.texts()[1] == "Ekibimiz yolda."


def test_whoever_writes_by_hand_has_the_talk(line: Line, ticket: Ticket, clerk: Actor) -> None:
    say(line, ticket, clerk)
    line.later(seconds=6)
    line.meta.sent.clear()
    line.hear(wire.text(AYSE, "tamam bekliyorum"))
    line.later(minutes=1)
    assert line.meta.texts() == []


def test_outside_the_window_the_reply_goes_in_the_template(line: Line, ticket: Ticket, clerk: Actor) -> None:
    line.later(hours=25)
    shown = WhatsApp().preview(written(ticket, "Ekibimiz yolda."), line.now)
    assert shown.as_template
    assert "Ekibimiz yolda." in shown.text
    assert shown.text.startswith("Melikgazi Belediyesi")
    say(line, ticket, clerk)
    line.later(seconds=6)
    assert [sent["type"] for sent in line.meta.sent] == ["template"]


def test_a_photo_goes_with_the_words_as_one_message_after_the_same_five_seconds(
    line: Line, ticket: Ticket, clerk: Actor, jpeg: bytes
) -> None:
    photo = BytesIO(jpeg)
    perform("reply", ticket=ticket, actor=clerk, now=line.now, text="Böyle oldu.", file=photo)
    line.later(seconds=4)
    assert line.meta.sent == []
    line.later(seconds=2)
    assert [sent["image"] for sent in line.meta.sent] == [{"id": "upload1", "caption": "Böyle oldu."}]


def test_a_reply_with_a_photo_is_taken_back_whole(
    line: Line, ticket: Ticket, clerk: Actor, jpeg: bytes
) -> None:
    photo = BytesIO(jpeg)
    perform("reply", ticket=ticket, actor=clerk, now=line.now, text="Böyle oldu.", file=photo)
    line.later(seconds=1)
    take_back(line, clerk)
    line.later(minutes=5)
    assert line.meta.sent == []


def test_outside_the_window_the_template_shows_the_photo(
    line: Line, ticket: Ticket, clerk: Actor, jpeg: bytes
) -> None:
    line.later(hours=25)
    photo = BytesIO(jpeg)
    perform("reply", ticket=ticket, actor=clerk, now=line.now, text="Böyle oldu.", file=photo)
    line.later(seconds=6)
    (template,) = (sent["template"] for sent in line.meta.sent)
    assert template["name"] == "basvuru_bilgi_foto"
    assert template["components"][0]["parameters"] == [{"type": "image", "image": {"id": "upload1"}}]


def test_inside_the_window_the_preview_is_the_reply_itself(line: Line, ticket: Ticket) -> None:
    shown = WhatsApp().preview(written(ticket, "Yoldayız."), line.now)
    assert shown == channel.Preview("Yoldayız.", as_template=False)


def test_the_talk_is_taken_and_handed_back(line: Line, ticket: Ticket, clerk: Actor) -> None:
    assert ticket.citizen
    take_over(ticket=ticket, actor=clerk, now=line.now)
    talk = channel.channel().talk(ticket.citizen)
    assert talk
    assert talk.is_silent(line.now)
    hand_back(ticket=ticket, actor=clerk, now=line.now)
    assert not Conversation.objects.filter(silent_until__gt=line.now).exists()


def test_what_a_ticket_page_asks_of_the_line_is_five_statements_however_long_the_talk(
    line: Line, ticket: Ticket
) -> None:
    assert ticket.citizen
    counts = []
    for _ in range(2):
        for number in range(5):
            Outbox.objects.create(
                conversation=Conversation.objects.get(),
                ticket=ticket,
                text=f"{number}",
                payload={"type": "text"},
                created_at=line.now,
                not_before=line.now,
                state=Outbox.State.SENT,
            )
        with CaptureQueriesContext(connection) as statements:
            WhatsApp().talk(ticket.citizen)
            WhatsApp().messages(ticket, loose=True)
        counts.append(len(statements))
    assert counts == [5, 5]


def test_what_the_citizen_took_back_is_marked(line: Line, ticket: Ticket) -> None:
    first = Message.objects.get()
    line.hear(wire.message(AYSE, "revoke", {"original_message_id": first.wamid}))
    line.later(seconds=7)
    marks = {message.text: message.mark for message in WhatsApp().messages(ticket, loose=True)}
    assert marks[first.text] == "deleted"


def move(line: Line, ticket: Ticket, clerk: Actor, to: Status, **details: Any) -> str:
    """Previews the move, makes it and returns the preview."""
    news = news_of(ticket=ticket, to=to, actor=clerk, now=line.now, **details)
    assert news
    shown = WhatsApp().preview(news, line.now)
    change_status(ticket=ticket, to=to, actor=clerk, now=line.now, **details)
    line.later(seconds=6)
    return shown.text


TRANSITIONS = [
    (Status.IN_PROGRESS, {}),
    (Status.WAITING, {"answer": "Hangi kapının\nönünde?"}),
    (Status.RESOLVED, {"answer": "Çukur kapatıldı."}),
    (Status.REJECTED, {"reason": "görev dışı", "answer": "Yol özel mülkte."}),
    (Status.CANCELLED, {}),
]


@pytest.mark.parametrize(("to", "details"), TRANSITIONS)
def test_outside_the_window_a_move_is_told_in_the_words_of_its_preview(
    line: Line, ticket: Ticket, clerk: Actor, to: Status, details: dict[str, str]
) -> None:
    line.later(hours=25)
    shown = move(line, ticket, clerk, to, **details)
    assert [template_parameters.read(sent["template"]) for sent in line.meta.sent] == [shown]


@pytest.mark.parametrize(("to", "details"), TRANSITIONS)
def test_inside_the_window_a_move_is_told_in_the_words_of_its_preview(
    line: Line, ticket: Ticket, clerk: Actor, to: Status, details: dict[str, str]
) -> None:
    shown = move(line, ticket, clerk, to, **details)
    assert line.meta.texts() == [shown]


def test_a_plan_and_an_agency_stand_in_the_preview(line: Line, ticket: Ticket, clerk: Actor) -> None:
    line.later(hours=25)
    kaski, day = Agency.objects.get(code="kaski"), date(2027, 3, 5)
    facts: dict[str, Any] = {"ticket": ticket, "actor": clerk, "now": line.now}
    planned = news_of(to=Status.PLANNED, planned_for=day, **facts)
    redirected = news_of(to=Status.REDIRECTED, agency=kaski, **facts)
    assert planned
    assert redirected
    assert "5 Mart 2027" in WhatsApp().preview(planned, line.now).text
    told = WhatsApp().preview(redirected, line.now).text
    assert kaski.name in told
    assert kaski.text in told


def test_who_wants_no_news_on_the_way_is_shown_to_get_none(line: Line, ticket: Ticket, clerk: Actor) -> None:
    Conversation.objects.update(muted=True)
    assert move(line, ticket, clerk, Status.IN_PROGRESS) == ""
    assert line.meta.sent == []
    assert "çözüldü" in move(line, ticket, clerk, Status.RESOLVED, answer="Kapatıldı.")
