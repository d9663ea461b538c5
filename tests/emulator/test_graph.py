"""The rest of the Graph API: the token, the number, the account, files, errors."""

import base64
import hashlib
from typing import Any

import pytest
import requests

from tests.emulator.conftest import Business
from tests.timeouts import PATIENCE
from whatsapp.emulator.records import File, Person
from whatsapp.emulator.server import Emulator

DAY = 24 * 3600


def error_of(answer: requests.Response) -> tuple[int, int]:
    return answer.status_code, answer.json()["error"]["code"]


@pytest.mark.parametrize("path", ["100200", "300400/message_templates", "300400/subscribed_apps", "12345"])
def test_a_wrong_token_is_answered_with_190(emulator: Emulator, path: str) -> None:
    assert error_of(Business(emulator.url, token="wrong").call("GET", path)) == (401, 190)


def test_an_error_looks_as_graph_writes_it(business: Business) -> None:
    error = business.text(to="+903520000000").json()["error"]
    assert error.keys() == {"message", "type", "code", "error_data", "fbtrace_id"}
    assert error["type"] == "OAuthException"
    assert error["error_data"] == {
        "messaging_product": "whatsapp",
        "details": "The sender cannot be the recipient",
    }


@pytest.mark.parametrize("version", ["v19.0", "v23.0", "v24.0"])
def test_any_version_is_served(business: Business, version: str) -> None:
    answer = requests.get(f"{business.url}/{version}/100200", headers=business.headers, timeout=PATIENCE)
    assert answer.json()["id"] == "100200"


def test_a_path_without_a_version_is_refused(business: Business) -> None:
    answer = requests.get(f"{business.url}/latest/100200", headers=business.headers, timeout=PATIENCE)
    assert error_of(answer) == (400, 100)


def test_the_number_tells_the_fields_asked_for(business: Business) -> None:
    answer = business.call("GET", "100200", params={"fields": "quality_rating,verified_name"})
    assert answer.json() == {
        "verified_name": "Melikgazi Belediyesi",
        "quality_rating": "GREEN",
        "id": "100200",
    }


def test_the_number_refuses_fields_it_does_not_have(business: Business) -> None:
    assert error_of(business.call("GET", "100200", params={"fields": "shoe_size"})) == (400, 100)


@pytest.mark.parametrize("path", ["999/messages", "999/media"])
def test_another_number_is_not_ours_to_use(business: Business, path: str) -> None:
    answer = business.call("POST", path, json={"messaging_product": "whatsapp"})
    assert error_of(answer) == (400, 100)
    assert answer.json()["error"]["error_subcode"] == 33


def test_what_is_not_json_is_refused(business: Business) -> None:
    assert error_of(business.call("POST", "100200/messages", data=b"{")) == (400, 100)


def test_a_template_can_be_made_and_is_listed(business: Business) -> None:
    definition = {
        "name": "durum",
        "language": "tr",
        "category": "UTILITY",
        "components": [{"type": "BODY", "text": "x"}],
    }
    assert business.call("POST", "300400/message_templates", json=definition).json()["status"] == "APPROVED"
    listed = business.call("GET", "300400/message_templates", params={"language": "tr"}).json()["data"]
    assert [template["name"] for template in listed] == ["durum"]


def test_a_new_account_has_hello_world(business: Business) -> None:
    listed = business.call("GET", "300400/message_templates").json()["data"]
    assert [template["name"] for template in listed] == ["hello_world"]


def test_the_app_is_subscribed(business: Business) -> None:
    apps = business.call("GET", "300400/subscribed_apps").json()["data"]
    assert apps[0].keys() == {"whatsapp_business_api_data"}


class TestFile:
    """A picture that a citizen sent, from the webhook to its bytes."""

    CONTENT = b"\xff\xd8 jpeg"

    @pytest.fixture
    def media_id(self, emulator: Emulator, citizen: Person) -> str:
        sent = emulator.people.say(citizen.id, "image", (File("a.jpg", "image/jpeg", self.CONTENT),))
        identifier: str = sent[0].body["image"]["id"]
        return identifier

    def described(self, business: Business, media_id: str) -> dict[str, Any]:
        description: dict[str, Any] = business.call("GET", media_id).json()
        return description

    def fetched(self, business: Business, media_id: str, **headers: str | None) -> requests.Response:
        url = self.described(business, media_id)["url"]
        return requests.get(
            url, headers={**business.headers, **headers}, timeout=PATIENCE, allow_redirects=False
        )

    def test_is_fetched_by_its_id_and_then_its_address(self, business: Business, media_id: str) -> None:
        answer = self.fetched(business, media_id)
        assert (answer.content, answer.headers["Content-Type"]) == (self.CONTENT, "image/jpeg")

    def test_is_described_with_hex_and_announced_with_base64(
        self, emulator: Emulator, business: Business, citizen: Person, media_id: str
    ) -> None:
        digest = hashlib.sha256(self.CONTENT)
        announced = emulator.store.chat(citizen.id)[-1].body["image"]["sha256"]
        described = self.described(business, media_id)
        assert (described["sha256"], described["file_size"]) == (digest.hexdigest(), len(self.CONTENT))
        assert announced == base64.b64encode(digest.digest()).decode()

    def test_needs_the_token_at_its_address_too(self, business: Business, media_id: str) -> None:
        assert self.fetched(business, media_id, Authorization="Bearer wrong").status_code == 401

    def test_needs_a_user_agent(self, business: Business, media_id: str) -> None:
        assert self.fetched(business, media_id, **{"User-Agent": ""}).status_code == 400

    def test_has_an_address_that_lives_five_minutes(
        self, emulator: Emulator, business: Business, media_id: str
    ) -> None:
        url = self.described(business, media_id)["url"]
        emulator.clock.forward(270)
        assert requests.get(url, headers=business.headers, timeout=PATIENCE).status_code == 200
        emulator.clock.forward(31)
        assert requests.get(url, headers=business.headers, timeout=PATIENCE).status_code == 404
        assert self.fetched(business, media_id).status_code == 200

    @pytest.mark.parametrize("part", ["mid=1", "ext=9", "hash=0"])
    def test_has_an_address_that_cannot_be_made_up(
        self, business: Business, media_id: str, part: str
    ) -> None:
        url = self.described(business, media_id)["url"] + "&"
        name = part.split("=")[0]
        changed = "&".join(
            part if piece.startswith(name) else piece for piece in url.replace("?", "?&").split("&")
        )
        assert requests.get(changed, headers=business.headers, timeout=PATIENCE).status_code == 404

    def test_is_gone_after_seven_days(self, emulator: Emulator, business: Business, media_id: str) -> None:
        emulator.clock.forward(7 * DAY)
        assert error_of(business.call("GET", media_id)) == (404, 100)

    def test_is_gone_after_being_deleted(self, business: Business, media_id: str) -> None:
        assert business.call("DELETE", media_id).json() == {"success": True}
        assert error_of(business.call("GET", media_id)) == (404, 100)

    def test_can_be_gone_by_a_fault(self, emulator: Emulator, business: Business, media_id: str) -> None:
        emulator.faults.set("media_gone", 1)
        assert error_of(business.call("GET", media_id)) == (404, 100)
        assert self.fetched(business, media_id).content == self.CONTENT

    def test_can_have_an_expired_address(self, emulator: Emulator, business: Business, media_id: str) -> None:
        emulator.faults.set("media_url_expired", 1)
        assert self.fetched(business, media_id).status_code == 404
        assert self.fetched(business, media_id).status_code == 200

    def test_can_be_cut_short(self, emulator: Emulator, business: Business, media_id: str) -> None:
        emulator.faults.set("media_truncated")
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            self.fetched(business, media_id)

    def test_can_be_larger_than_announced(
        self, emulator: Emulator, business: Business, media_id: str
    ) -> None:
        emulator.faults.set("media_oversized", bytes=200_000)
        assert len(self.fetched(business, media_id).content) > 200_000

    def test_can_lead_to_another_host(self, emulator: Emulator, business: Business, media_id: str) -> None:
        emulator.faults.set("media_redirect", to="https://evil.example/")
        answer = self.fetched(business, media_id)
        assert (answer.status_code, answer.headers["Location"]) == (302, "https://evil.example/")

    def test_can_be_announced_with_a_wrong_hash(self, emulator: Emulator, citizen: Person) -> None:
        emulator.faults.set("media_wrong_sha")
        sent = emulator.people.say(citizen.id, "image", (File("a.jpg", "image/jpeg", self.CONTENT),))[0]
        right = base64.b64encode(hashlib.sha256(self.CONTENT).digest()).decode()
        assert sent.body["image"]["sha256"] != right


class TestUpload:
    @pytest.mark.parametrize(
        ("mime_type", "largest"),
        [("image/jpeg", 5 << 20), ("audio/ogg; codecs=opus", 16 << 20), ("image/webp", 500 << 10)],
    )
    def test_takes_files_up_to_the_limit_of_their_kind(
        self, business: Business, mime_type: str, largest: int
    ) -> None:
        assert business.upload(bytes(largest), mime_type).status_code == 200
        assert error_of(business.upload(bytes(largest + 1), mime_type)) == (400, 131053)

    def test_refuses_kinds_that_cannot_be_sent(self, business: Business) -> None:
        assert error_of(business.upload(b"x", "text/html")) == (400, 100)

    def test_refuses_an_empty_file(self, business: Business) -> None:
        assert error_of(business.upload(b"", "image/jpeg")) == (400, 131053)

    def test_demands_the_product_and_the_file(self, business: Business) -> None:
        answer = business.call("POST", "100200/media", data={"messaging_product": "whatsapp"})
        assert error_of(answer) == (400, 100)
        answer = business.call("POST", "100200/media", files={"file": ("a", b"x", "image/jpeg")})
        assert error_of(answer) == (400, 100)
