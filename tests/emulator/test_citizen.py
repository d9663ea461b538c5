"""manage.py citizen: the output at a terminal."""

import threading
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.emulator.conftest import PHONE, Business, Receiver
from whatsapp.emulator.server import Emulator
from whatsapp.emulator.silent_voice_note import silent_voice_note
from whatsapp.management.commands.demo_talks import TALKS


@pytest.fixture(autouse=True)
def address(emulator: Emulator, settings) -> None:
    settings.EMULATOR_URL = emulator.url


@pytest.fixture
def photo(tmp_path: Path) -> str:
    path = tmp_path / "çukur.jpg"
    path.write_bytes(b"\xff\xd8 jpeg")
    return str(path)


def citizen(*arguments: str, wait: float = 0) -> str:
    out = StringIO()
    call_command("citizen", *arguments, f"--wait={wait}", stdout=out)
    return out.getvalue()


@pytest.fixture
def answering(business: Business, receiver: Receiver) -> Iterator[None]:
    """A line that answers the first message with buttons."""

    def answer() -> None:
        receiver.messages(1)
        buttons = [{"type": "reply", "reply": {"id": "add", "title": "Bilgi ekle"}}]
        action = {"buttons": buttons}
        interactive = {"type": "button", "body": {"text": "Talebiniz alındı."}, "action": action}
        business.post({"to": f"+{PHONE}", "type": "interactive", "interactive": interactive})

    thread = threading.Thread(target=answer)
    thread.start()
    yield
    thread.join()


def test_photos_text_and_place_are_sent_as_one_after_the_other(emulator: Emulator, photo: str) -> None:
    citizen("yolda çukur var", "--photo", photo, "--photo", photo, "--voice", "--at", "38.72,35.49")
    person = emulator.store.people()[0]
    sent = [message.body for message in emulator.store.chat(person.id)]
    assert [body["type"] for body in sent] == ["image", "image", "text", "audio", "location"]
    assert sent[2]["text"]["body"] == "yolda çukur var"
    assert sent[4]["location"] == {"latitude": 38.72, "longitude": 35.49}


@pytest.mark.slow
@pytest.mark.usefixtures("answering")
def test_the_answer_is_printed_with_its_buttons() -> None:
    assert citizen("yolda çukur var", "--as", PHONE, wait=10) == "Talebiniz alındı.\n[Bilgi ekle]\n"


@pytest.mark.usefixtures("answering")
def test_a_button_can_be_tapped_afterwards(emulator: Emulator) -> None:
    citizen("yolda çukur var", "--as", PHONE)
    assert emulator.store.poll(lambda: emulator.store.outbound(0), 5)
    citizen("--tap", "Bilgi ekle", "--as", PHONE)
    last = emulator.store.chat(1)[-1].body
    assert last["interactive"]["button_reply"] == {"id": "add", "title": "Bilgi ekle"}


def test_the_same_name_is_the_same_person(emulator: Emulator) -> None:
    for text in ("bir", "iki"):
        citizen(text, "--as", "Ali Veli")
    assert [person.name for person in emulator.store.people()] == ["Ali Veli"]


def test_the_same_phone_is_the_same_person_however_written(emulator: Emulator) -> None:
    for phone in ("0532 111 22 33", "+905321112233"):
        citizen("x", "--as", phone)
    assert [person.phone for person in emulator.store.people()] == [PHONE]


def test_somebody_with_a_username_shows_no_number(emulator: Emulator, receiver: Receiver) -> None:
    citizen("x", "--username")
    assert "from" not in receiver.messages()[0]


def test_no_answer_in_time_is_an_error() -> None:
    with pytest.raises(CommandError, match="içinde cevap vermedi"):
        citizen("x", wait=0.2)


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        (["--at", "38.72"], "--at"),
        (["--at", "kuzey,doğu"], "--at"),
        (["--at", "95,35"], "--at"),
        (["--photo", "yok.jpg"], "--photo"),
        (["--photo", __file__], "--photo"),
        ([], "metin"),
    ],
)
def test_a_wrong_argument_is_named_and_nothing_is_sent(
    emulator: Emulator, arguments: list[str], argument: str
) -> None:
    with pytest.raises(CommandError, match=argument):
        citizen(*arguments)
    assert emulator.store.people() == []


def test_a_tap_on_nothing_is_told(emulator: Emulator) -> None:
    with pytest.raises(CommandError, match="Benzetim kabul etmedi"):
        citizen("--tap", "Evet")


@pytest.mark.parametrize("url", ["", "http://127.0.0.1:9"])
def test_without_the_emulator_it_says_how_to_start_it(settings, url: str) -> None:
    settings.EMULATOR_URL = url
    with pytest.raises(CommandError, match="bin/run"):
        citizen("x")


def test_the_silent_voice_note_is_three_whole_ogg_pages() -> None:
    note = silent_voice_note()
    pages = note.split(b"OggS")[1:]
    assert [page[1] for page in pages] == [2, 0, 4]
    assert pages[0][24:].startswith(b"OpusHead")


def test_the_citizens_of_a_demonstration_write_once(receiver: Receiver, emulator: Emulator) -> None:
    wanted = sorted(text for _, _, texts in TALKS for text in texts)
    for _ in range(2):
        call_command("demo_talks")
        said = [message["text"]["body"] for message in receiver.messages(len(wanted))]
        assert sorted(said) == wanted
