"""The line under attack: the whole of it, as bin/run starts it, with the emulator as WhatsApp."""

import io
import json
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.chaos.instance import Instance, LiveLine, wait_for
from tests.whatsapp import wire
from whatsapp.emulator.records import File

pytestmark = [pytest.mark.long]

SETTLED = (
    "(SELECT 1 FROM whatsapp_inbounddelivery WHERE state = 'new' UNION ALL"
    " SELECT 1 FROM whatsapp_message WHERE state = 'new' UNION ALL"
    " SELECT 1 FROM whatsapp_conversation WHERE wake_at IS NOT NULL UNION ALL"
    " SELECT 1 FROM whatsapp_media WHERE state = 'waiting' UNION ALL"
    " SELECT 1 FROM whatsapp_outbox WHERE state IN ('queued', 'sending')) AS open"
)

RESENT = (
    "SELECT o.id, o.claimed_at, o.attempts, o.error, s.status, s.at, s.received_at, d.received_at"
    " FROM whatsapp_outbox o"
    " LEFT JOIN whatsapp_statusupdate s ON s.callback = 'outbox:' || o.id"
    " LEFT JOIN whatsapp_inbounddelivery d ON d.id = s.delivery_id WHERE o.possibly_double"
)


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    running = Instance(tmp_path / "data")
    yield running
    running.stop()


def photos(count: int) -> list[File]:
    files = []
    for number in range(count):
        out = io.BytesIO()
        Image.new("RGB", (800, 600), (number * 40 % 255, 90, 120)).save(out, "JPEG")
        files.append(File(f"foto{number}.jpg", "image/jpeg", out.getvalue()))
    return files


def settle(instance: Instance, seconds: float) -> None:
    wait_for(lambda: instance.count(SETTLED) == 0, seconds)


def received(instance: LiveLine, person: int) -> list[str]:
    """Each message that reached the person's telephone, as JSON."""
    chat = instance.emulator.chat(person)["messages"]
    return [json.dumps(message["body"]) for message in chat if message["direction"] == "out"]


def test_an_album_with_text_and_place_is_one_ticket_with_one_confirmation_in_fifty_rounds(
    instance: Instance,
) -> None:
    album = photos(5)
    people = []
    instance.emulator.set_fault("duplicate", copies=2)
    for number in range(50):
        person = instance.emulator.add_person(f"Vatandaş {number}", phone=f"90532{number:07}")["id"]
        people.append(person)
        says = [
            lambda person=person: instance.emulator.say(person, "image", album),
            lambda person=person: instance.emulator.say(
                person, "text", text="Köşk mahallesi yolda büyük çukur var"
            ),
            lambda person=person: instance.emulator.say(
                person, "location", latitude=38.7205, longitude=35.4826
            ),
        ]
        threads = [threading.Thread(target=say) for say in random.sample(says, 3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    settle(instance, 180)
    per_citizen = instance.rows(
        "SELECT count(DISTINCT t.id), count(a.id), bool_and(a.state = 'stored') FROM tickets_citizen c"
        " JOIN tickets_ticket t ON t.citizen_id = c.id JOIN tickets_attachment a ON a.ticket_id = t.id GROUP BY c.id"
    )
    assert per_citizen == [(1, 5, True)] * 50
    assert instance.count("whatsapp_inbounddelivery") == 3 * (
        50 * 7 + instance.count("whatsapp_statusupdate")
    )
    assert [len(received(instance, person)) for person in people] == [1] * 50


def test_killing_processes_at_random_loses_nothing_and_repeats_nothing(instance: Instance) -> None:
    reports = ["Köşk mahallesi yolda büyük çukur var", "Alpaslan mahallesinde çöp konteyneri dolu, alınmadı"]
    people = [instance.emulator.add_person(f"Vatandaş {n}", phone=f"90533{n:07}")["id"] for n in range(250)]
    attacks = threading.Thread(target=attack, args=(instance, 20))
    attacks.start()
    for number, person in enumerate(people):
        if number % 3 == 0:
            instance.emulator.say(person, "text", text="selam")
            instance.emulator.say(person, "text", text="kolay gelsin")
        else:
            instance.emulator.say(person, "text", text=reports[number % 2])
            instance.emulator.say(person, "image", photos(1))
        time.sleep(0.15)
    attacks.join()
    settle(instance, 300)
    assert instance.count("whatsapp_message") == 500
    assert instance.count("whatsapp_message WHERE state <> 'handled'") == 0
    assert instance.count("whatsapp_message WHERE ticket_id IS NULL AND outcome <> 'answered'") == 0
    assert instance.count("tickets_ticket") == 166
    assert (
        instance.count("(SELECT 1 FROM tickets_ticket GROUP BY citizen_id HAVING count(*) > 1) AS twice") == 0
    )
    # As the telephones saw it. A photo that overtook its words by far may have been asked about once.
    heard = [received(instance, person) for person in people]
    confirmations = sorted(sum("no: MG-" in text for text in texts) for texts in heard)
    assert confirmations == [0] * 84 + [1] * 166, instance.rows(RESENT)
    assert all(len(set(texts)) == len(texts) > 0 for texts in heard)
    assert instance.count("whatsapp_outbox WHERE state NOT IN ('sent', 'delivered', 'read')") == 0


def attack(instance: Instance, times: int) -> None:
    for _ in range(times):
        instance.kill_one("melikgazi.web", "melikgazi.workers")
        time.sleep(random.uniform(1.0, 3.0))


def test_a_broker_that_is_gone_for_a_while_delays_and_loses_nothing(instance: Instance) -> None:
    [broker] = instance.processes("valkey-server")
    os.kill(broker, signal.SIGSTOP)
    try:
        for number in range(30):
            body = wire.said(wire.text(wire.Person(f"V{number}", f"90534{number:07}", ""), "selam"))
            assert post(instance, body) == 200
    finally:
        time.sleep(60)
        os.kill(broker, signal.SIGCONT)
    wait_for(lambda: instance.count("whatsapp_message WHERE state = 'handled'") == 30, 60)


def test_a_broker_that_is_killed_comes_back_and_everything_is_worked_on(instance: Instance) -> None:
    for number in range(30):
        if number % 10 == 5:
            os.kill(instance.processes("valkey-server")[0], signal.SIGKILL)
        body = wire.said(wire.text(wire.Person(f"V{number}", f"90535{number:07}", ""), "selam"))
        assert post(instance, body) == 200
        time.sleep(0.3)
    wait_for(lambda: instance.count("whatsapp_message WHERE state = 'handled'") == 30, 30)


def test_a_database_that_is_gone_answers_503_and_the_second_delivery_is_worked_on_once(
    instance: Instance,
) -> None:
    body = wire.said(wire.text(wire.AYSE, "selam"))
    statuses: set[int] = set()
    for postgres in instance.processes("/postgres -D"):
        os.kill(postgres, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while 200 not in statuses and time.monotonic() < deadline:
        statuses.add(post(instance, body))
    assert statuses == {503, 200}
    assert post(instance, body) == 200
    wait_for(lambda: instance.count("whatsapp_message WHERE state = 'handled'") == 1, 60)
    settle(instance, 90)
    assert instance.count("whatsapp_outbox") == 1


def post(instance: Instance, body: bytes) -> int:
    number = instance.variables["WHATSAPP_PHONE_NUMBER_ID"].encode()
    account = instance.variables["WHATSAPP_WABA_ID"].encode()
    body = body.replace(wire.PHONE_NUMBER_ID.encode(), number).replace(wire.WABA_ID.encode(), account)
    return instance.post(body, wire.sign(body, instance.variables["WHATSAPP_APP_SECRET"]))
