"""Somebody in danger writes while the line is under attack."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.instance import Instance, wait_for
from tests.chaos.test_chaos import post
from tests.tickets.receiver import listening
from tests.whatsapp import wire

pytestmark = [pytest.mark.long]

BACKLOG = 300
FIRST_OF = 40  # a warning is among so many of the first that leave: what was claimed before it came goes on
ENDANGERED = "90537000000"
WARNED = """whatsapp_outbox o JOIN whatsapp_conversation c ON c.id = o.conversation_id
JOIN tickets_ticket t ON t.citizen_id = c.citizen_id
WHERE o.urgent AND o.text LIKE 'Hemen 112%' AND o.state IN ('sent', 'delivered', 'read') AND t.danger = 'fire'"""


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    running = Instance(tmp_path / "data")
    yield running
    running.stop()


def report(instance: Instance, number: int) -> None:
    words = "Köşk mahallesi yolda büyük çukur var"
    assert (
        post(instance, wire.said(wire.text(wire.Person(f"V{number}", f"90536{number:07}", ""), words))) == 200
    )


def danger(instance: Instance) -> None:
    """Somebody whom the emulator knows writes: only their telephone takes the warning."""
    person = instance.emulator.add_person("Ayşe", phone=ENDANGERED)["id"]
    instance.emulator.say(person, "text", text="Alpaslan mahallesinde apartmanda yangın çıktı")


def stopped(instance: Instance, word: str) -> list[int]:
    pids = instance.processes(word)
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    return pids


def left_before_the_warning(instance: Instance) -> int:
    """How many messages had left when the warning did."""
    return instance.count(f"whatsapp_outbox WHERE sent_at < (SELECT min(o.sent_at) FROM {WARNED})")


def notifications(instance: Instance) -> int:
    return instance.count("tickets_notification WHERE kind = 'danger'")


def test_a_warning_passes_a_backlog_though_the_workers_are_killed_on_the_way(instance: Instance) -> None:
    frozen = stopped(instance, "melikgazi.workers")
    for number in range(BACKLOG):
        report(instance, number)
    danger(instance)
    for pid in frozen:
        os.kill(pid, signal.SIGCONT)
    for _ in range(4):
        instance.kill_one("melikgazi.workers")
    wait_for(lambda: instance.count(WARNED) == 1, 120)
    assert left_before_the_warning(instance) < FIRST_OF
    wait_for(lambda: notifications(instance) > 0, 60)
    wait_for(lambda: instance.count("whatsapp_message WHERE state = 'handled'") == BACKLOG + 1, 180)
    assert instance.count(WARNED) == 1


def test_a_danger_that_comes_while_the_broker_is_gone_is_warned_and_rings_when_it_is_back(
    instance: Instance,
) -> None:
    [broker] = instance.processes("valkey-server")
    os.kill(broker, signal.SIGSTOP)
    try:
        for number in range(30):
            report(instance, number)
        danger(instance)
    finally:
        os.kill(broker, signal.SIGCONT)
    wait_for(lambda: instance.count(WARNED) == 1, 90)
    wait_for(lambda: notifications(instance) > 0, 60)
    assert instance.count("whatsapp_outbox WHERE urgent AND possibly_double") == 0


def test_the_telephone_of_whoever_is_on_duty_is_rung_within_a_minute_though_the_workers_are_killed(
    tmp_path: Path,
) -> None:
    with listening() as gateway:
        line = Instance(tmp_path / "data", RING_URL=gateway.url, RING_SECRET="mavi-kapi-ardinda-9")
        try:
            put_on_duty(line)
            frozen = stopped(line, "melikgazi.workers")
            danger(line)
            for pid in frozen:
                os.kill(pid, signal.SIGCONT)
            for _ in range(4):
                line.kill_one("melikgazi.workers")
            wait_for(lambda: gateway.said, 60)
            assert line.count(WARNED) == 1
        finally:
            assert line.stop() == 0


def put_on_duty(line: Instance) -> None:
    """The operator has the duty of the whole line, and a telephone."""
    line.rows(
        "INSERT INTO tickets_notificationpreference (user_id, phone, by_mail, by_message)"
        " SELECT id, '+905321112233', '{}', '{}' FROM auth_user WHERE username = 'operator' RETURNING id"
    )
    line.rows(
        "INSERT INTO departments_dutyshift (user_id, starts_at, ends_at) SELECT id, now() - interval '1 hour',"
        " now() + interval '8 hours' FROM auth_user WHERE username = 'operator' RETURNING id"
    )
