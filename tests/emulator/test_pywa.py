"""pywa, a client written for the real Cloud API, works with the emulator and parses its webhooks."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from pywa.client import WhatsApp
from pywa.errors import WhatsAppError
from pywa.handlers import (
    CallbackButtonHandler,
    CallbackSelectionHandler,
    DeletedMessageHandler,
    EditedMessageHandler,
    MessageHandler,
    MessageStatusHandler,
    PhoneNumberChangeHandler,
)
from pywa.types.callback import Button, Section, SectionList, SectionRow, URLButton
from pywa.types.message_status import MessageStatusType
from pywa.types.others import Contact
from pywa.types.templates import BodyText, TemplateLanguage
from typing_extensions import override

from tests.emulator.conftest import PHONE, Receiver
from whatsapp.emulator.records import File, Person
from whatsapp.emulator.server import Emulator

TO = f"+{PHONE}"
JPEG = b"\xff\xd8 jpeg"


class ToEmulator(httpx.HTTPTransport):
    """Takes every request for Meta's host to the emulator instead."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = httpx.URL(url)

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.url = request.url.copy_with(scheme=self._url.scheme, host=self._url.host, port=self._url.port)
        return super().handle_request(request)


@pytest.fixture
def client(emulator: Emulator) -> Iterator[WhatsApp]:
    with httpx.Client(transport=ToEmulator(emulator.url)) as session:
        yield WhatsApp(
            phone_id="100200",
            token="token",
            session=session,
            server=None,
            verify_token="verify-token",
            app_secret="secret",
            waba_id="300400",
        )


@pytest.fixture
def parsed(client: WhatsApp, receiver: Receiver) -> Callable[..., list[Any]]:
    """What the client makes of the webhooks, once that many came: each is verified by its signature first."""
    updates: list[Any] = []

    def keep(_client: WhatsApp, update: Any) -> None:
        updates.append(update)

    client.add_handlers(
        MessageHandler(keep),
        CallbackButtonHandler(keep),
        CallbackSelectionHandler(keep),
        MessageStatusHandler(keep),
        EditedMessageHandler(keep),
        DeletedMessageHandler(keep),
        PhoneNumberChangeHandler(keep),
    )

    def parsed(count: int) -> list[Any]:
        updates.clear()
        for post in receiver.wait(count):
            assert client.webhook_update_validator(post.body, post.signature) is None
            client.webhook_update_handler(post.body)
        assert len(updates) == count
        return updates

    return parsed


class TestSending:
    """pywa sends, the emulator takes it for what it is."""

    pytestmark = pytest.mark.usefixtures("citizen")

    def shown(self, emulator: Emulator) -> dict[str, Any]:
        return emulator.store.outbound(0)[-1].shown

    def test_text(self, emulator: Emulator, client: WhatsApp) -> None:
        sent = client.send_message(TO, "Başvurunuz alındı", tracker="outbox-7")
        stored = emulator.store.outbound(0)[-1]
        assert sent.id == stored.wamid
        assert stored.body["text"]["body"] == "Başvurunuz alındı"
        assert stored.body["biz_opaque_callback_data"] == "outbox-7"

    def test_text_to_a_user_id(self, emulator: Emulator, client: WhatsApp, citizen: Person) -> None:
        client.send_message(citizen.user_id, "x")
        assert emulator.store.outbound(0)[-1].body["recipient"] == citizen.user_id

    def test_buttons(self, emulator: Emulator, client: WhatsApp) -> None:
        client.send_message(TO, "Çözüldü mü?", buttons=[Button("Evet", "y"), Button("Hayır", "n")])
        assert [option["title"] for option in self.shown(emulator)["options"]] == ["Evet", "Hayır"]

    def test_list(self, emulator: Emulator, client: WhatsApp) -> None:
        rows = [SectionRow(title=str(stars), callback_data=str(stars)) for stars in range(1, 6)]
        client.send_message(TO, "Puan", buttons=SectionList("Seç", [Section("Puan", rows)]))
        assert [option["id"] for option in self.shown(emulator)["options"]] == ["1", "2", "3", "4", "5"]

    def test_link_button(self, emulator: Emulator, client: WhatsApp) -> None:
        client.send_message(TO, "KVKK", buttons=URLButton("Oku", "https://www.melikgazi.bel.tr/kvkk"))
        assert self.shown(emulator)["options"][0]["id"] == "https://www.melikgazi.bel.tr/kvkk"

    def test_location_request(self, emulator: Emulator, client: WhatsApp) -> None:
        client.request_location(TO, "Konum gönderin")
        assert self.shown(emulator)["options"][0]["kind"] == "send_location"

    def test_contact_request(self, emulator: Emulator, client: WhatsApp) -> None:
        client.request_contact_info(TO, "Numaranızı paylaşın")
        assert self.shown(emulator)["options"][0]["kind"] == "request_contact_info"

    def test_location_reaction_and_contact(
        self, emulator: Emulator, client: WhatsApp, citizen: Person
    ) -> None:
        theirs = emulator.store.chat(citizen.id)[0].wamid
        client.send_location(TO, latitude=38.72, longitude=35.49, name="Belediye")
        client.send_reaction(TO, "👍", theirs)
        name = Contact.Name(formatted_name="Çözüm Hattı", first_name="Çözüm")
        client.send_contact(TO, Contact(name=name, phones=[Contact.Phone(phone="+903522220000")]))
        sent = [message.body["type"] for message in emulator.store.outbound(0)]
        assert sent == ["location", "reaction", "contacts"]

    def test_uploaded_picture(self, emulator: Emulator, client: WhatsApp) -> None:
        media = client.upload_media(JPEG, mime_type="image/jpeg", filename="sonra.jpg")
        client.send_image(TO, media, caption="Sonrası")
        stored = emulator.store.outbound(0)[-1].body["image"]
        assert (stored["id"], stored["caption"]) == (media.id, "Sonrası")

    def test_document_by_its_bytes(self, emulator: Emulator, client: WhatsApp) -> None:
        client.send_document(TO, b"%PDF", filename="cevap.pdf", mime_type="application/pdf")
        assert emulator.store.outbound(0)[-1].body["document"]["filename"] == "cevap.pdf"

    def test_template(self, emulator: Emulator, client: WhatsApp) -> None:
        emulator.graph.add_template(
            {
                "name": "durum",
                "language": "tr",
                "category": "UTILITY",
                "components": [{"type": "BODY", "text": "Başvuru no: {{1}}"}],
            }
        )
        # Its own annotation of params() is wrong.
        body: Any = BodyText("{{1}}", "MG-0")
        client.send_template(TO, "durum", TemplateLanguage.TURKISH, [body.params("MG-2026-000001")])
        assert self.shown(emulator)["text"] == "Başvuru no: MG-2026-000001"

    def test_read_and_typing(self, emulator: Emulator, client: WhatsApp, citizen: Person) -> None:
        theirs = emulator.store.chat(citizen.id)[0].wamid
        assert client.mark_message_as_read(theirs)
        assert client.indicate_typing(theirs)

    def test_too_long_a_text_is_an_error_it_knows(self, client: WhatsApp) -> None:
        with pytest.raises(WhatsAppError) as refusal:
            client.send_message(TO, "x" * 4097)
        assert refusal.value.code == 100

    def test_a_closed_window_is_an_error_it_knows(self, emulator: Emulator, client: WhatsApp) -> None:
        emulator.clock.forward(25 * 3600)
        with pytest.raises(WhatsAppError) as refusal:
            client.send_message(TO, "x")
        assert refusal.value.code == 131047

    def test_the_templates_can_be_looked_at(self, client: WhatsApp) -> None:
        assert [template.name for template in client.get_templates()] == ["hello_world"]


class TestParsing:
    """The emulator posts, pywa reads what was meant."""

    @pytest.mark.parametrize(
        ("kind", "fields", "check"),
        [
            ("text", {"text": "ığüşöç / 😀"}, lambda message: message.text == "ığüşöç / 😀"),
            (
                "location",
                {"latitude": 38.72, "longitude": 35.49},
                lambda message: message.location.latitude == 38.72,
            ),
            (
                "contacts",
                {"name": "Ali Veli", "phone": "+905320000001"},
                lambda message: message.contacts[0].phones[0].phone == "+905320000001",
            ),
            (
                "reaction",
                {"message_id": "wamid.x", "emoji": "👍"},
                lambda message: message.reaction.emoji == "👍",
            ),
            ("reaction", {"message_id": "wamid.x"}, lambda message: message.reaction.emoji is None),
            ("unsupported", {"subtype": "poll"}, lambda message: message.error.code == 131051),
            ("order", {}, lambda message: message.order.catalog_id == "354160437058781"),
            ("text", {"text": "x", "forwarded": True}, lambda message: message.forwarded),
            ("edit", {"message_id": "wamid.x", "text": "y"}, lambda update: update.message.text == "y"),
            ("revoke", {"message_id": "wamid.x"}, lambda update: update.original_message_id == "wamid.x"),
        ],
    )
    def test_a_message(
        self,
        emulator: Emulator,
        parsed: Callable[..., list[Any]],
        kind: str,
        fields: dict[str, Any],
        check: Callable[[Any], bool],
    ) -> None:
        person = emulator.people.add("Ayşe Yılmaz", phone=PHONE)
        emulator.people.say(person.id, kind, **fields)
        update = parsed(1)[0]
        assert check(update)
        assert (update.from_user.wa_id, update.from_user.bsuid) == (PHONE, person.user_id)
        assert update.from_user.name == "Ayşe Yılmaz"

    @pytest.mark.parametrize(
        ("kind", "mime_type"),
        [
            ("image", "image/jpeg"),
            ("video", "video/mp4"),
            ("audio", "audio/mpeg"),
            ("voice", "audio/ogg; codecs=opus"),
            ("document", "application/pdf"),
            ("sticker", "image/webp"),
        ],
    )
    def test_a_file_down_to_its_bytes(
        self,
        emulator: Emulator,
        client: WhatsApp,
        parsed: Callable[..., list[Any]],
        kind: str,
        mime_type: str,
    ) -> None:
        person = emulator.people.add("Ayşe", phone=PHONE)
        emulator.people.say(person.id, kind, (File("dosya", mime_type, JPEG),))
        media = parsed(1)[0].media
        assert media.mime_type == mime_type
        assert client.get_media_bytes(client.get_media_url(media.id).url) == JPEG

    def test_a_username_without_a_number(self, emulator: Emulator, parsed: Callable[..., list[Any]]) -> None:
        person = emulator.people.add("Deniz", username="deniz")
        emulator.people.say(person.id, "text", text="x")
        user = parsed(1)[0].from_user
        assert (user.wa_id, user.username, user.bsuid) == (None, "deniz", person.user_id)

    def test_taps_on_a_button_and_a_row(
        self,
        emulator: Emulator,
        client: WhatsApp,
        parsed: Callable[..., list[Any]],
        citizen: Person,
        receiver: Receiver,
    ) -> None:
        client.send_message(TO, "?", buttons=[Button("Evet", "yes")])
        rows = [SectionRow(title="5 yıldız", callback_data="5", description="çok iyi")]
        client.send_message(TO, "?", buttons=SectionList("Seç", [Section("Puan", rows)]))
        receiver.statuses(4)
        emulator.people.say(citizen.id, "tap", choice="Evet")
        receiver.wait(6)
        emulator.people.say(citizen.id, "tap", choice="5")
        button, row = parsed(7)[-2:]
        assert (button.data, button.title) == ("yes", "Evet")
        assert (row.data, row.title, row.description) == ("5", "5 yıldız", "çok iyi")

    @pytest.mark.usefixtures("citizen")
    def test_statuses_with_what_was_sent_along(
        self, client: WhatsApp, parsed: Callable[..., list[Any]], receiver: Receiver
    ) -> None:
        receiver.wait(1)
        sent = client.send_message(TO, "x", tracker="outbox-7")
        statuses = parsed(3)[1:]
        assert {status.status for status in statuses} == {
            MessageStatusType.SENT,
            MessageStatusType.DELIVERED,
        }
        assert {(status.id, status.tracker) for status in statuses} == {(sent.id, "outbox-7")}
        assert statuses[0].pricing.billable is False

    @pytest.mark.usefixtures("citizen")
    def test_a_failed_status_with_its_error(
        self,
        emulator: Emulator,
        client: WhatsApp,
        parsed: Callable[..., list[Any]],
        receiver: Receiver,
    ) -> None:
        receiver.wait(1)
        emulator.faults.set("failed_status", code=131049)
        client.send_message(TO, "x")
        assert parsed(2)[1].error.code == 131049

    def test_a_changed_number(self, emulator: Emulator, parsed: Callable[..., list[Any]]) -> None:
        person = emulator.people.add("Ayşe", phone=PHONE)
        emulator.people.say(person.id, "number_change", phone="+905329990000")
        change = parsed(1)[0]
        assert (change.old_wa_id, change.new_wa_id) == (PHONE, "905329990000")


def test_pywa_rejects_what_a_wrong_secret_signed(
    emulator: Emulator, client: WhatsApp, receiver: Receiver, citizen: Person
) -> None:
    receiver.wait(1)
    emulator.faults.set("wrong_secret")
    emulator.people.say(citizen.id, "text", text="x")
    post = receiver.wait(2)[1]
    assert client.webhook_update_validator(post.body, post.signature) is not None
