"""Whoever is blocked is not answered, but read, and heard in danger."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from departments.models import Role
from departments.staff.role_permissions import give_role
from tests.whatsapp import wire
from tests.whatsapp.line import Line
from tickets.citizens.blocks import block, end_blocks
from tickets.models import Citizen, Ticket
from tickets.record import channel
from tickets.record.permissions import Actor, actor_of
from whatsapp.models import Message

WEEK = timedelta(days=7)


@pytest.fixture
def supervisor(line: Line) -> Actor:
    user = User.objects.create_user("zeynepk", is_staff=True)
    give_role(user, Role.SUPERVISOR)
    return actor_of(user)


@pytest.fixture
def ayse(line: Line, supervisor: Actor) -> Citizen:
    """She has said hello and is blocked."""
    line.hear(wire.text(wire.AYSE, "selam"))
    line.later(seconds=20)
    citizen = Citizen.objects.get()
    until = line.now + WEEK
    block(citizen=citizen, actor=supervisor, now=line.now, reason="Hakaret", until=until)
    line.meta.sent.clear()
    return citizen


def test_what_somebody_blocked_writes_is_kept_and_shown_and_not_answered(line: Line, ayse: Citizen) -> None:
    line.hear(wire.text(wire.AYSE, "yolda çukur var"))
    line.later(seconds=20)
    assert line.meta.texts() == []
    assert Message.objects.filter(text="yolda çukur var").exists()
    shown = channel.channel().conversation(ayse, Ticket.objects.all())
    assert "yolda çukur var" in [message.text for message in shown]
    assert channel.channel().conversation(ayse, Ticket.objects.all(), loose=False) == []


def test_a_danger_is_heard_all_the_same(line: Line, ayse: Citizen) -> None:
    line.hear(wire.text(wire.AYSE, "ev yanıyor içeride insanlar var"))
    line.later(seconds=20)
    assert "112" in line.meta.texts()[0]
    assert Ticket.objects.get().danger


def test_after_its_time_the_line_answers_again(line: Line, ayse: Citizen) -> None:
    line.later(days=7)
    end_blocks(now=line.now)
    line.hear(wire.text(wire.AYSE, "durum"))
    line.later(seconds=20)
    assert line.meta.texts()
